#include <algorithm>
#include <utility>

#include "hosts/app/segment.h"
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
    line += (line.empty() ? "" : "  ") +
            (value.is_string() ? value.get<std::string>() : to_text(value));
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
