#include "hosts/hook/telemetry/run_traces.h"

#include "runtime/engine/reader.h"

namespace yoke {

RunTraces::RunTraces(asio::any_io_executor executor, Store& store, OtlpExporter& exporter,
                     SpanOptions options)
    : store_(store),
      exporter_(exporter),
      options_(std::move(options)),
      tasks_(std::move(executor)) {}

void RunTraces::start() { tasks_.spawn(read_always()); }

void RunTraces::on_event(const Event& event) {
  const bool ends = event.kind == EventKind::run_completed || event.kind == EventKind::run_failed ||
                    event.kind == EventKind::run_cancelled;
  if (!ends) return;
  if (ended_.size() >= kTracesWaiting) {
    ++dropped_;
    return;
  }
  ended_.push_back(event.run_id);
  more_.notify();
}

awaitable<void> RunTraces::read_always() {
  while (!stopping_ || !ended_.empty()) {
    if (ended_.empty()) {
      auto waiting = more_.wait();
      co_await std::move(waiting);
      continue;
    }
    std::string run_id = std::move(ended_.front());
    ended_.pop_front();
    auto reading = read_events(store_, std::move(run_id));
    const Result<std::vector<Event>> events = co_await std::move(reading);
    if (events) exporter_.offer(spans_of(*events, options_));
  }
}

awaitable<void> RunTraces::stop() {
  stopping_ = true;
  more_.notify();
  auto joining = tasks_.join();
  co_await std::move(joining);
}

}  // namespace yoke
