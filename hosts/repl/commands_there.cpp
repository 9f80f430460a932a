#include <algorithm>
#include <fstream>
#include <utility>

#include "hosts/app/segment.h"
#include "hosts/contents/told_value.h"
#include "hosts/repl/commands.h"
#include "hosts/screen/glyphs.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/ports/message.h"

// What the verbs of the command line say of a store that can be looked into, said of a host
// elsewhere by what its API tells.
namespace yoke {
namespace {

constexpr std::size_t kSaidBytesMax = 200;
constexpr std::int64_t kEventsMax = 5000;
constexpr std::size_t kRunsMax = 100;  // of a tree

std::string one_line(const std::string& text) {
  std::string line = shorten(text, kSaidBytesMax);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return screen_text(line);
}

// The fields of an event that a person wants of it, in one line.
std::string about_event(const Json& event) {
  const Result<Message> message = message_from_json(member_at(event, "message"));
  if (message) return one_line(text_of(*message));
  std::string line;
  for (const char* name : {"tool", "agent", "target", "args", "outcome", "value", "task", "title",
                           "text", "summary", "verdict", "rule", "why", "message", "by"}) {
    const Json& value = member_at(event, name);
    if (value.is_null() || (value.is_string() && value.get<std::string>().empty())) continue;
    const Json told = told_value(value).read;
    line +=
        (line.empty() ? "" : "  ") + (told.is_string() ? told.get<std::string>() : to_text(told));
  }
  return one_line(line);
}

bool tells_why(const std::string& kind) {
  return kind == "policy.decided" || kind == "route.chosen" || kind == "guard.decided" ||
         kind == "hook.ran" || kind == "question.asked" || kind == "question.answered" ||
         kind == "run.failed" || kind == "model.failed";
}

}  // namespace

awaitable<void> TalkCommands::tell_run_there(std::string run, bool why) {
  const std::string path = "/v1/runs/" + to_segment(run);
  const Json found = co_await ask_host(path, "run " + run);
  if (found.is_null()) co_return;
  Transcript& out = scene_.transcript;
  const Json& usage = member_at(found, "usage");
  out.line(styled_line("  " + string_at(found, "run") + "  " + string_at(found, "status") + "  " +
                           screen_text(string_at(found, "agent")) + "  " +
                           counted(integer_at(usage, "steps"), "step") + ", " +
                           counted(integer_at(usage, "tokens"), "token") + ", " +
                           cost_text(integer_at(usage, "nanousd"), !bool_at(usage, "unpriced")),
                       Look::bold));
  std::int64_t after = 0;
  while (after < kEventsMax) {
    const Json page =
        co_await ask_host(path + "/events?after=" + std::to_string(after), "its events");
    for (const Json& event : member_at(page, "events")) {
      const std::string kind = string_at(event, "kind");
      const Result<Message> message = message_from_json(member_at(event, "message"));
      const std::string thought = why && message ? reasoning_of(*message) : "";
      if (!thought.empty()) out.text("  " + screen_text(thought), Look::dim);
      if (why && !tells_why(kind)) continue;
      const std::string at = std::to_string(integer_at(event, "seq"));
      StyledLine line =
          styled_line(std::string(at.size() < 5 ? 5 - at.size() : 0, ' ') + at + "  ", Look::cyan);
      append(line, kind + "  ", Look::dim);
      append(line, about_event(event));
      out.line(std::move(line));
    }
    const std::string next = string_at(page, "next");
    if (!is_small_number(next)) break;
    after = std::stoll(next);
  }
}

// The run's events and those of the runs below it, as far as the host tells them.
awaitable<bool> TalkCommands::read_there(std::string run, TalkHost::Journals& journals) {
  std::vector<std::string> runs = {std::move(run)};
  for (std::size_t next = 0; next < runs.size() && next < kRunsMax; ++next) {
    std::string path = "/v1/runs/" + to_segment(runs[next]) + "/events?after=";
    std::vector<Event>& events = journals[runs[next]];
    std::string after = "0";
    while (!after.empty()) {
      const Json page = co_await ask_host(path + after, "what happened in run " + runs[next]);
      if (page.is_null() && next == 0) co_return false;
      for (const Json& each : member_at(page, "events")) {
        Result<Event> event = event_from_public(each);
        if (!event) continue;
        if (event->kind == EventKind::child_started) {
          runs.push_back(string_at(event->fields, "child"));
        }
        events.push_back(std::move(*event));
      }
      after = string_at(page, "next");
    }
  }
  co_return true;
}

// The id, where only its beginning was typed or nothing.
awaitable<std::string> TalkCommands::run_there(std::string typed) {
  if (typed.empty()) typed = co_await last_run();
  if (typed.empty()) scene_.note("there is no turn yet; name a run", Look::yellow);
  co_return typed;
}

// "/export [RUN] [--as markdown|html] [--to FILE]"
awaitable<void> TalkCommands::export_there(TypedCommand command) {
  std::string form = "markdown";
  std::string file;
  std::string named;
  for (std::size_t i = 0; i < command.words.size(); ++i) {
    const std::string& word = command.words[i];
    const bool has_value = i + 1 < command.words.size();
    if (word == "--as" && has_value) {
      form = command.words[++i];
    } else if (word == "--to" && has_value) {
      file = command.words[++i];
    } else if (word.starts_with("-") || !named.empty()) {
      scene_.note("/export [RUN] [--as markdown|html] [--to FILE], not '" + word + "'",
                  Look::yellow);
      co_return;
    } else {
      named = word;
    }
  }
  const std::string run = co_await run_there(std::move(named));
  if (run.empty()) co_return;
  TalkHost::Journals journals;
  const bool read = co_await read_there(run, journals);
  if (!read) co_return;
  const Result<std::string> report = scene_.host.report(journals, run, form);
  if (!report) {
    scene_.failed(report.error());
  } else if (file.empty()) {
    scene_.transcript.block(*report);
  } else {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << *report;
    out.close();
    scene_.note(out ? "exported run " + run + " to " + file
                    : "yoke: cannot write " + file + "; is the folder there?",
                out ? Look::dim : Look::red);
  }
}

// "/diff RUN [RUN]": against the last turn, or another.
awaitable<void> TalkCommands::diff_there(TypedCommand command) {
  if (command.words.empty() || command.words.size() > 2) {
    scene_.note("/diff RUN [RUN]; /runs lists them", Look::yellow);
    co_return;
  }
  std::string left = command.words.size() == 2 ? command.words.front() : std::string();
  left = co_await run_there(std::move(left));
  const std::string right = command.words.back();
  if (left.empty()) co_return;
  TalkHost::Journals journals;
  const bool read_left = co_await read_there(left, journals);
  if (!read_left) co_return;
  const bool read_right = co_await read_there(right, journals);
  if (!read_right) co_return;
  const Result<std::string> text = scene_.host.diff(journals, left, right);
  if (text) {
    scene_.transcript.block(*text);
  } else {
    scene_.failed(text.error());
  }
}

awaitable<void> TalkCommands::tell_tools_there(std::string kind) {
  const Json page = co_await ask_host("/v1/tools", "tools");
  bool any = false;
  for (const Json& row : member_at(page, "tools")) {
    const std::string name = string_at(row, "name");
    if (!name.starts_with(kind)) continue;
    any = true;
    StyledLine line = styled_line("  " + screen_text(name), Look::bold);
    append(line, "  " + string_at(row, "effect"), Look::dim);
    append(line, bool_at(row, "granted", true) ? "" : "  waits to be granted", Look::yellow);
    scene_.transcript.line(std::move(line));
  }
  if (!any && !page.is_null()) scene_.note("none", Look::dim);
}

// Which of the verbs' commands a host elsewhere can answer, and how.
awaitable<void> TalkCommands::do_there(TypedCommand command) {
  const std::string& name = command.name;
  if (name == "/show" || name == "/why") {
    std::string run = co_await last_run();
    if (!command.words.empty()) run = command.words.front();
    if (run.empty()) {
      scene_.note("there is no turn yet; name a run", Look::yellow);
      co_return;
    }
    co_await tell_run_there(std::move(run), name == "/why");
  } else if (name == "/export") {
    co_await export_there(std::move(command));
  } else if (name == "/diff") {
    co_await diff_there(std::move(command));
  } else if (name == "/permissions") {
    co_await tell_tools_there("");
  } else if (name == "/plugins") {
    co_await tell_tools_there("plugin:");
  } else if (name == "/mcp") {
    co_await tell_tools_there("mcp:");
  } else if (name == "/memory") {
    const Json page = co_await ask_host("/v1/memory", "what is remembered");
    for (const Json& entry : member_at(page, "entries")) {
      StyledLine line = styled_line("  " + screen_text(string_at(entry, "key")), Look::bold);
      append(line, "  " + one_line(string_at(entry, "text")));
      scene_.transcript.line(std::move(line));
    }
  } else if (name == "/doctor") {
    const Json ready = co_await ask_host("/readyz", "how it is");
    if (!ready.is_null()) scene_.note("the host takes work", Look::plain);
  } else {
    scene_.note(scene_.host.no_verbs, Look::yellow);
  }
}

}  // namespace yoke
