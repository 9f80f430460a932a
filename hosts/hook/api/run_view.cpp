#include "hosts/hook/api/run_view.h"

namespace yoke {
namespace {

Json limits_view(const Json& kept) {
  const RunLimits limits = limits_from_json(kept, RunLimits{});
  return Json{{"steps", limits.steps},
              {"tokens", limits.tokens},
              {"usd", static_cast<double>(limits.usd) / static_cast<double>(kNanoPerUsd)},
              {"seconds", limits.seconds},
              {"repeats", limits.repeats}};
}

void add_text(Json& view, const Json& fields, const char* name) {
  const std::string text = string_at(fields, name);
  if (!text.empty()) view[name] = text;
}

void add_end(Json& view, const Event& end) {
  if (end.kind == EventKind::run_completed) {
    view["text"] = string_at(end.fields, "text");
    if (end.fields.contains("output")) view["output"] = end.fields["output"];
  } else if (end.kind == EventKind::run_cancelled) {
    view["message"] = "cancelled by " + string_at(end.fields, "by");
  } else {
    add_text(view, end.fields, "message");
  }
}

}  // namespace

Json run_summary(const RunRow& row) {
  Json view{{"run", row.run_id},
            {"agent", row.agent},
            {"status", name_of(row.status)},
            {"reason", row.reason},
            {"session", row.session},
            {"by", row.by},
            {"title", string_at(row.summary, "title")},
            {"events", row.head_seq},
            {"created_at", to_iso8601(row.created_at)}};
  view["usage"] = Json{{"steps", integer_at(row.summary, "steps")},
                       {"tokens", integer_at(row.summary, "tokens")},
                       {"nanousd", integer_at(row.summary, "cost")},
                       {"unpriced", bool_at(row.summary, "unpriced")}};
  const Json& below = member_at(row.summary, "children");
  if (below.is_object()) {
    view["usage"]["children"] = Json{{"runs", integer_at(below, "runs")},
                                     {"steps", integer_at(below, "steps")},
                                     {"nanousd", integer_at(below, "cost")}};
  }
  if (row.erased_at != 0) {
    view["erased"] = Json{{"at", to_iso8601(row.erased_at)}, {"by", row.erased_by}};
  }
  if (row.finished_at != 0) view["finished_at"] = to_iso8601(row.finished_at);
  if (!row.fork_run.empty()) view["fork"] = Json{{"run", row.fork_run}, {"at", row.fork_seq}};
  if (!row.parent_run.empty()) {
    view["parent"]["run"] = row.parent_run;
    if (!row.parent_call.empty()) view["parent"]["call"] = row.parent_call;
  }
  return view;
}

Json question_view(const QuestionState& question) {
  Json view{{"question", question.id},
            {"purpose", question.purpose},
            {"title", question.title},
            {"choices", question.choices.is_array() ? question.choices : Json::array()}};
  if (!question.body.is_null()) view["body"] = question.body;
  if (!question.call_id.empty()) view["call"] = question.call_id;
  return view;
}

std::vector<QuestionState> open_questions(const RunState& state) {
  std::vector<QuestionState> open;
  for (const auto& [id, question] : state.questions) {
    if (!question.answer && !question.expired) open.push_back(question);
  }
  return open;
}

Json run_detail(const RunRow& row, const RunParts& parts) {
  Json view = run_summary(row);
  const Json fields = parts.start ? parts.start->fields : Json::object();
  view["task"] = string_at(fields, "task");
  view["limits"] = limits_view(member_at(fields, "limits"));
  const Json& input = member_at(fields, "input");
  if (input.is_object() && !input.empty()) view["input"] = input;
  add_text(view, fields, "model");
  view["questions"] = Json::array();
  for (const QuestionState& question : parts.questions) {
    view["questions"].push_back(question_view(question));
  }
  if (!parts.signals.empty()) view["signals"] = parts.signals;
  if (parts.end) add_end(view, *parts.end);
  return view;
}

std::optional<RunStatus> status_from_name(std::string_view name) {
  for (int number = 1; number <= static_cast<int>(RunStatus::quarantined); ++number) {
    const auto status = static_cast<RunStatus>(number);
    if (name_of(status) == name) return status;
  }
  return std::nullopt;
}

}  // namespace yoke
