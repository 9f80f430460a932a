#include "hosts/hook/telemetry/log.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

constexpr std::size_t kValueBytesMax = 400;
constexpr std::string_view kRefusedWebhook = "webhook.refused";

std::string plain(const Json& value) {
  if (!value.is_string()) return to_text(value);
  const std::string text = shorten(printable(value.get<std::string>()), kValueBytesMax);
  const bool bare = !text.empty() && text.find_first_of(" \t\n\"=") == std::string::npos;
  return bare ? text : to_text(Json(text));
}

}  // namespace

std::string log_line(ServiceLog::Form form, Micros at, std::string_view event, const Json& fields) {
  if (form == ServiceLog::Form::json) {
    Json line = fields;
    line["at"] = to_iso8601(at);
    line["event"] = event;
    return to_text(line) + "\n";
  }
  std::string line = to_iso8601(at) + " " + std::string(event);
  for (const auto& [key, value] : fields.items()) line += " " + key + "=" + plain(value);
  return line + "\n";
}

ServiceLog::ServiceLog(Form form, WallClock& wall, Write write)
    : form_(form), wall_(wall), write_(std::move(write)) {}

void ServiceLog::tell(std::string_view event, const Json& fields) {
  if (form_ == Form::none) return;
  if (event == kRefusedWebhook) {
    const std::string kind = string_at(fields, "hook") + " " + string_at(fields, "why");
    return tell_of_stranger(event, fields, kind, string_at(fields, "from"));
  }
  write_(log_line(form_, wall_.now(), event, fields));
}

void ServiceLog::tell_of_stranger(std::string_view event, Json fields, const std::string& kind,
                                  const std::string& sender) {
  const LogBound::Verdict verdict =
      bound_.take(std::string(event) + " " + kind, sender, LoopClock::now());
  if (!verdict.write) return;
  if (verdict.left_out > 0) fields["left_out"] = verdict.left_out;
  if (verdict.left_out_others > 0) fields["left_out_others"] = verdict.left_out_others;
  write_(log_line(form_, wall_.now(), event, fields));
}

void ServiceLog::on_done(const Dispatcher::Done& done) {
  if (form_ == Form::none) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(done.took);
  Json fields{{"request", done.id},
              {"method", shorten(done.request.method, 16)},
              {"endpoint", done.endpoint},
              {"status", done.status},
              {"us", took.count()}};
  if (!done.request.peer.address.empty()) fields["peer"] = done.request.peer.address;
  if (done.who != nullptr) {
    fields["tenant"] = done.who->tenant;
    fields["by"] = done.who->name;
    if (!done.who->key_id.empty()) fields["key"] = done.who->key_id;
  }
  if (!done.fault.empty()) fields["fault"] = done.fault;
  if (done.who == nullptr && done.status >= 400 && done.status < 500) {
    const std::string kind = done.endpoint + " " + std::to_string(done.status);
    return tell_of_stranger("request.answered", std::move(fields), kind, done.request.peer.address);
  }
  tell("request.answered", fields);
}

void ServiceLog::on_event(const Event& event) {
  if (form_ == Form::none) return;
  switch (event.kind) {
    case EventKind::run_started:
      return tell("run.started", {{"run", event.run_id},
                                  {"agent", string_at(event.fields, "agent")},
                                  {"tenant", string_at(event.fields, "tenant")},
                                  {"by", string_at(event.fields, "by")}});
    case EventKind::run_completed:
      return tell("run.completed", {{"run", event.run_id}});
    case EventKind::run_failed:
      return tell("run.failed", {{"run", event.run_id}, {"reason", event.reason}});
    case EventKind::run_cancelled:
      return tell("run.cancelled", {{"run", event.run_id}, {"by", string_at(event.fields, "by")}});
    default:
      return;
  }
}

}  // namespace yoke
