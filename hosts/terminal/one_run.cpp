#include "hosts/terminal/one_run.h"

namespace yoke {

void OneRun::follow(std::string run_id) {
  run_id_ = std::move(run_id);
  const std::vector<Event> early = std::exchange(early_, {});
  for (const Event& event : early) on_event(event);
}

void OneRun::on_event(const Event& event) {
  if (run_id_.empty()) {
    early_.push_back(event);
  } else if (event.run_id == run_id_) {
    view_.on_event(event);
  }
}

void OneRun::on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) {
  if (run_id == run_id_) view_.on_delta(run_id, call_id, delta);
}

void OneRun::on_progress(std::string_view run_id, std::string_view call_id, double done,
                         double total, std::string_view message) {
  if (run_id == run_id_) view_.on_progress(run_id, call_id, done, total, message);
}

void OneRun::on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
                    std::string_view message) {
  if (run_id == run_id_) view_.on_log(run_id, call_id, level, message);
}

}  // namespace yoke
