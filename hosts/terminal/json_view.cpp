#include "hosts/terminal/json_view.h"

#include "hosts/terminal/live_json.h"

namespace yoke {
void JsonView::on_event(const Event& event) { terminal_.out(to_text(to_json(event)) + "\n"); }

void JsonView::on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) {
  if (delta.thought && delta.text.empty()) return;  // says no more
  terminal_.out(to_text(live_json(run_id, call_id, delta)) + "\n");
}

void JsonView::on_progress(std::string_view run_id, std::string_view call_id, double done,
                           double total, std::string_view message) {
  terminal_.out(to_text(progress_json(run_id, call_id, done, total, message)) + "\n");
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
