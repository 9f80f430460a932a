#include "hosts/terminal/json_view.h"

namespace yoke {
namespace {

std::string_view kind_of(const Delta& delta) {
  switch (delta.kind) {
    case Delta::Kind::text:
      return "delta.text";
    case Delta::Kind::reasoning:
      return "delta.reasoning";
    case Delta::Kind::tool_args:
      return "delta.tool_args";
    case Delta::Kind::reset:
      return "reset";
  }
  return "delta.text";
}

}  // namespace

void JsonView::on_event(const Event& event) { terminal_.out(to_text(to_json(event)) + "\n"); }

void JsonView::on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) {
  Json line{{"run", run_id}, {"kind", kind_of(delta)}, {"call_id", call_id}};
  if (delta.kind != Delta::Kind::reset) line["text"] = delta.text;
  if (delta.kind == Delta::Kind::tool_args) line["index"] = delta.index;
  if (!delta.tool.empty()) line["tool"] = delta.tool;
  terminal_.out(to_text(line) + "\n");
}

void JsonView::on_progress(std::string_view run_id, std::string_view call_id, double done,
                           double total, std::string_view message) {
  const Json line{{"run", run_id}, {"kind", "tool.progress"}, {"call_id", call_id},
                  {"done", done},  {"total", total},          {"message", message}};
  terminal_.out(to_text(line) + "\n");
}

void JsonView::on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
                      std::string_view message) {
  const Json line{{"run", run_id},
                  {"kind", "tool.log"},
                  {"call_id", call_id},
                  {"level", level},
                  {"message", message}};
  terminal_.out(to_text(line) + "\n");
}

}  // namespace yoke
