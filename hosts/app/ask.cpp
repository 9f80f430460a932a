#include "hosts/app/ask.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "hosts/app/edit_json.h"
#include "hosts/terminal/plan_text.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::size_t kBodyBytesMax = 4000;
constexpr std::size_t kFieldBytesMax = 300;
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

constexpr const char* kApproveHelp =
    "  yes/no (n WORDS: no, and why; e: change the arguments; s: yes for this session too): ";
constexpr const char* kPlanHelp = "  yes/no (n WORDS: no, and why; e: change the plan): ";

bool is_about_plan(const QuestionState& question) {
  return question.id.starts_with("plan.") && member_at(question.body, "steps").is_array();
}

std::string prompt_of(const QuestionState& question) {
  std::string prompt = "  ";
  for (const Json& choice : question.choices) {
    prompt += (prompt.size() > 2 ? "/" : "") +
              printable(choice.is_string() ? choice.get<std::string>() : to_text(choice));
  }
  if (is_about_plan(question)) return kPlanHelp;
  return question.purpose == "approve" ? kApproveHelp : prompt + ": ";
}

Json approval_in_words(std::string_view words, bool is_plan) {
  if (words == "y" || words == "yes") return "yes";
  if (words == "s" && !is_plan) return Json{{"approve", true}, {"scope", "session"}};
  if (words == "n" || words == "no") return "no";
  if (words.starts_with("n ")) {
    return Json{{"approve", false}, {"message", std::string(trim(words.substr(2)))}};
  }
  return std::string(words);
}

// What the person has made of what they are asked about, as an answer; null: nothing, and why is
// said to them.
awaitable<Json> edited_answer(Terminal& terminal, Pool& reader, Json asked_about,
                              std::string member) {
  auto edit = [&asked_about] { return edit_json(asked_about); };
  const Result<Json> edited = co_await offload(reader, std::move(edit));
  if (!edited) {
    terminal.line("yoke: " + printable(edited.error().message()));
    co_return nullptr;
  }
  if (*edited == asked_about) {
    terminal.line("nothing was changed");
    co_return nullptr;
  }
  Json answer{{"approve", true}};
  answer[member] = *edited;
  co_return answer;
}

// What the person's line answers; null: it is asked again.
awaitable<Json> answer_from(Terminal& terminal, Pool& reader, QuestionState question,
                            std::string line) {
  const std::string words(trim(line));
  const bool is_plan = is_about_plan(question);
  if (question.purpose != "approve" && !is_plan) co_return words;
  if (words.empty()) co_return nullptr;
  if (words != "e") co_return approval_in_words(words, is_plan);
  Json asked_about = is_plan ? question.body : member_at(question.body, "args");
  std::string member = is_plan ? "plan" : "args";
  Json answer = co_await edited_answer(terminal, reader, std::move(asked_about), std::move(member));
  co_return answer;
}

// The fields that a running call asks for; null: it asks for no form.
const Json& fields_of(const QuestionState& question) {
  const bool is_form = question.purpose == "input";
  return member_at(member_at(question.body, is_form ? "schema" : ""), "properties");
}

std::string field_prompt(const Json& schema, const std::string& name, const Json& field) {
  std::string text = "  " + printable(string_at(field, "title", name));
  const Json& needed = member_at(schema, "required");
  const bool required = std::find(needed.begin(), needed.end(), name) != needed.end();
  std::vector<std::string> notes{printable(string_at(field, "type", "any"))};
  if (!required) notes.emplace_back("may be left empty");
  if (field.contains("default")) notes.push_back("else " + printable(to_text(field["default"])));
  for (const Json& choice : member_at(field, "enum")) {
    notes.push_back(printable(choice.is_string() ? choice.get<std::string>() : to_text(choice)));
  }
  const std::string doc = string_at(field, "description");
  if (!doc.empty()) text += ": " + shorten(printable(doc), kFieldBytesMax);
  return text + " (" + join(notes, ", ") + ") ";
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
  if (is_about_plan(question)) {
    text = plan_text(question.body, {});
  } else if (question.purpose == "input") {
    for (const char* name : {"tool", "message", "url"}) {
      const std::string value = string_at(question.body, name);
      if (!value.empty()) text += std::string("  ") + name + ": " + shown(Json(value)) + "\n";
    }
  } else if (question.body.is_object()) {
    for (const auto& [name, value] : question.body.items()) {
      text += "  " + name + ": " + shown(value) + "\n";
    }
  } else if (!question.body.is_null()) {
    text += "  " + shown(question.body) + "\n";
  }
  return text;
}

namespace {

// What is typed at the prompt; none: the input has ended, or somebody else had a say.
struct Typed {
  std::optional<std::string> line;
  bool elsewhere = false;
};

awaitable<Typed> type_line(Pool& reader, Store& store, Engine& engine, std::string run_id) {
  Typed typed;
  while (true) {
    const bool ready = co_await offload(reader, &has_input);
    if (ready) {
      typed.line = co_await offload(reader, &read_line);
      co_return typed;
    }
    typed.elsewhere = co_await went_on(store, engine, run_id);
    if (typed.elsewhere) co_return typed;
  }
}

// Field by field. "decline" and "cancel" answer the whole.
awaitable<Asked> ask_form(Terminal& terminal, Pool& reader, Store& store, Engine& engine,
                          std::string run_id, QuestionState question) {
  const Json schema = member_at(question.body, "schema");
  const Json fields = fields_of(question);
  terminal.line("  fill in, or write decline or cancel");
  Asked asked;
  Json values = Json::object();
  for (const auto& [name, field] : fields.items()) {
    terminal.err(field_prompt(schema, name, field));
    const Typed typed = co_await type_line(reader, store, engine, run_id);
    asked.elsewhere = typed.elsewhere;
    if (typed.elsewhere) terminal.line("");
    if (!typed.line) co_return asked;
    const std::string words(trim(*typed.line));
    if (words == "decline" || words == "cancel") {
      asked.answer = words;
      co_return asked;
    }
    if (!words.empty()) values[name] = words;
  }
  asked.answer = std::move(values);
  co_return asked;
}

}  // namespace

awaitable<Asked> ask_person(Terminal& terminal, Pool& reader, Store& store, Engine& engine,
                            std::string run_id, QuestionState question) {
  terminal.line(terminal.styled(Style::bold, "? " + printable(question.title)));
  terminal.err(question_text(question));
  Asked asked;
  if (fields_of(question).is_object()) {
    asked =
        co_await ask_form(terminal, reader, store, engine, std::move(run_id), std::move(question));
    co_return asked;
  }
  while (true) {
    terminal.err(prompt_of(question));
    const Typed typed = co_await type_line(reader, store, engine, run_id);
    asked.elsewhere = typed.elsewhere;
    if (typed.elsewhere) terminal.line("");
    if (!typed.line) co_return asked;
    asked.answer = co_await answer_from(terminal, reader, question, *typed.line);
    if (!asked.answer.is_null()) co_return asked;
  }
}

}  // namespace yoke
