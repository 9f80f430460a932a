#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "hosts/hook/dispatcher.h"
#include "hosts/hook/telemetry/log_bound.h"
#include "runtime/engine/feed.h"

namespace yoke {

// What happens here, a line each: a request that was answered, a run's end, and what else the hook
// tells of. No line holds a text of a conversation, a body or a secret. Of lines that anybody can
// cause (requests and webhooks that were refused before it was known whose they are) there are no
// more than LogBound lets pass; "left_out" and "left_out_others" say how many there were.
//
// Ownership: borrows the clock; `write` takes whole lines.
// Threads:   loop thread only.
class ServiceLog final : public Listener {
 public:
  enum class Form : std::uint8_t { none, text, json };
  using Write = std::function<void(std::string line)>;
  ServiceLog(Form form, WallClock& wall, Write write);

  // An event with fields, "request.answered": names are "noun.verb_past".
  void tell(std::string_view event, const Json& fields);
  void on_done(const Dispatcher::Done& done);

  void on_event(const Event& event) override;
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  void tell_of_stranger(std::string_view event, Json fields, const std::string& kind,
                        const std::string& sender);

  LogBound bound_;
  const Form form_;
  WallClock& wall_;
  const Write write_;
};

// `2026-11-21T10:00:00.000000Z request.answered status=200 …`: a value with spaces is quoted.
std::string log_line(ServiceLog::Form form, Micros at, std::string_view event, const Json& fields);

}  // namespace yoke
