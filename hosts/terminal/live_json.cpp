#include "hosts/terminal/live_json.h"

namespace yoke {

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

Json live_json(std::string_view run_id, std::string_view call_id, const Delta& delta) {
  Json line{{"run", run_id}, {"kind", kind_of(delta)}, {"call_id", call_id}};
  if (delta.kind != Delta::Kind::reset) line["text"] = delta.text;
  if (delta.kind == Delta::Kind::tool_args) line["index"] = delta.index;
  if (!delta.tool.empty()) line["tool"] = delta.tool;
  return line;
}

Json progress_json(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) {
  return Json{{"run", run_id}, {"kind", "tool.progress"}, {"call_id", call_id},
              {"done", done},  {"total", total},          {"message", message}};
}

}  // namespace yoke
