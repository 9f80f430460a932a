#include "hosts/app/ask.h"

#include <poll.h>
#include <unistd.h>

#include <iostream>

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

std::string prompt_of(const QuestionState& question) {
  std::string prompt = "  ";
  for (const Json& choice : question.choices) {
    prompt += (prompt.size() > 2 ? "/" : "") +
              printable(choice.is_string() ? choice.get<std::string>() : to_text(choice));
  }
  return prompt + (question.purpose == "approve" ? ", or words why not: " : ": ");
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
      if (line) asked.answer = std::string(trim(*line));
      const bool says_nothing = line && trim(*line).empty() && question.purpose == "approve";
      if (!says_nothing) co_return asked;
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
