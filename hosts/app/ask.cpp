#include "hosts/app/ask.h"

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "hosts/config/read_file.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::size_t kBodyBytesMax = 4000;
constexpr int kLookEveryMs = 100;

// Never longer than the pause, so that nothing waits for a person who has nothing to say any more.
bool has_input() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, kLookEveryMs) > 0;
}

std::optional<std::string> read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

std::string indented(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) out += (out.empty() ? "" : "\n  ") + line;
  return out;
}

std::string shown(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : to_pretty_text(value);
  return indented(shorten(printable(text), kBodyBytesMax));
}

constexpr const char* kEditHelp =
    "  y: yes; n WORDS: no, and why; e: change the arguments; s: yes for this session too: ";

std::string prompt_of(const QuestionState& question) {
  std::string prompt = "  ";
  for (const Json& choice : question.choices) {
    prompt += (prompt.size() > 2 ? "/" : "") +
              printable(choice.is_string() ? choice.get<std::string>() : to_text(choice));
  }
  return question.purpose == "approve" ? kEditHelp : prompt + ": ";
}

// The arguments as the person leaves them in their editor; what is wrong, if anything.
Result<Json> edited_arguments(const Json& args) {
  char name[] = "/tmp/yoke-arguments-XXXXXX.json";
  const int file = ::mkstemps(name, 5);
  if (file < 0) return Error{Errc::unavailable, "no file to edit can be made in /tmp"};
  const std::string text = to_pretty_text(args) + "\n";
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(file);
  const char* editor = std::getenv("EDITOR");
  const std::string command =
      std::string(editor == nullptr || *editor == '\0' ? "vi" : editor) + " " + name;
  const int status = written ? std::system(command.c_str()) : -1;  // the person's own command
  Result<std::string> back = read_file(name);
  ::unlink(name);
  if (status != 0) return Error{Errc::unavailable, "the editor '" + command + "' failed"};
  if (!back) return back.error();
  Result<Json> value = parse_json(*back);
  if (!value) return Error{Errc::invalid, "that is no JSON: " + value.error().message()};
  if (!value->is_object()) return Error{Errc::invalid, "the arguments are an object: {…}"};
  return value;
}

Json approval_in_words(std::string_view words) {
  if (words == "y") return "yes";
  if (words == "s") return Json{{"approve", true}, {"scope", "session"}};
  if (words == "n") return "no";
  if (words.starts_with("n ")) {
    return Json{{"approve", false}, {"message", std::string(trim(words.substr(2)))}};
  }
  return std::string(words);
}

// What the person's line answers; null: it is asked again.
Json answer_from(Terminal& terminal, const QuestionState& question, std::string_view line) {
  const std::string_view words = trim(line);
  if (question.purpose != "approve") return std::string(words);
  if (words.empty()) return nullptr;
  if (words != "e") return approval_in_words(words);
  const Json& args = member_at(question.body, "args");
  const Result<Json> edited = edited_arguments(args);
  if (!edited) {
    terminal.line("yoke: " + edited.error().message());
    return nullptr;
  }
  if (*edited == args) {
    terminal.line("nothing was changed");
    return nullptr;
  }
  return Json{{"approve", true}, {"args", *edited}};
}

// Whether somebody else has had a say: there is mail for the run, it is driven, or has ended.
awaitable<bool> went_on(Store& store, Engine& engine, std::string run_id) {
  if (engine.is_driving(run_id)) co_return true;
  const std::vector<InboxMessage> mail = co_await store.inbox(run_id);
  if (!mail.empty()) co_return true;
  const Result<RunRow> row = co_await store.get(std::move(run_id));
  const bool ended = row.has_value() && is_final(row->status);
  co_return ended;
}

}  // namespace

std::string question_text(const QuestionState& question) {
  std::string text;
  if (question.body.is_object()) {
    for (const auto& [name, value] : question.body.items()) {
      text += "  " + name + ": " + shown(value) + "\n";
    }
  } else if (!question.body.is_null()) {
    text += "  " + shown(question.body) + "\n";
  }
  return text;
}

awaitable<Asked> ask_person(Terminal& terminal, Pool& reader, Store& store, Engine& engine,
                            std::string run_id, QuestionState question) {
  terminal.line(terminal.styled(Style::bold, "? " + printable(question.title)));
  terminal.err(question_text(question) + prompt_of(question));
  Asked asked;
  while (true) {
    const bool ready = co_await offload(reader, &has_input);
    if (ready) {
      const std::optional<std::string> line = co_await offload(reader, &read_line);
      if (!line) co_return asked;
      asked.answer = answer_from(terminal, question, *line);
      if (!asked.answer.is_null()) co_return asked;
      terminal.err(prompt_of(question));
      asked.answer = nullptr;
      continue;
    }
    asked.elsewhere = co_await went_on(store, engine, run_id);
    if (!asked.elsewhere) continue;
    terminal.line("");
    co_return asked;
  }
}

}  // namespace yoke
