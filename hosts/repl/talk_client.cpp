#include "hosts/repl/talk_client.h"

#include <utility>
#include <vector>

#include "hosts/app/host_answer.h"
#include "hosts/app/segment.h"
#include "runtime/base/text.h"
#include "runtime/http/sse.h"
#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kAnswerWithin{30};
constexpr int kBreaksMax = 5;  // in a row, with nothing in between
constexpr std::chrono::milliseconds kPauseAfterBreak{300};

bool is_last_kind(std::string_view kind) {
  return kind == "run.completed" || kind == "run.failed" || kind == "run.cancelled";
}

}  // namespace

// The envelope's fields are no fields of the event.
Result<Event> event_from_public(Json object) {
  const EventSpec* spec = find_event(string_at(object, "kind"));
  if (spec == nullptr) return Error{Errc::unsupported, "no such kind of event"};
  Event event;
  event.kind = spec->kind;
  event.seq = integer_at(object, "seq");
  event.run_id = string_at(object, "run");
  event.call_id = string_at(object, "call_id");
  event.parent_call = string_at(object, "parent_call");
  event.reason = string_at(object, "reason");
  event.attempt = static_cast<int>(integer_at(object, "attempt"));
  event.erased = bool_at(object, "erased");
  event.label = label_from_text(string_at(object, "label"));
  const Result<Micros> at = micros_from_iso8601(string_at(object, "at"));
  if (at) event.at = *at;
  for (const char* name : {"seq", "run", "kind", "at", "label", "call_id", "parent_call", "attempt",
                           "reason", "erased"}) {
    object.erase(name);
  }
  event.fields = std::move(object);
  return event;
}

void tell_streamed(const Json& object, Listener& listener) {
  const std::string kind = string_at(object, "kind");
  const std::string run = string_at(object, "run");
  const std::string call = string_at(object, "call_id");
  if (kind == "tool.progress") {
    const auto number = [&object](const char* name) {
      const Json& value = member_at(object, name);
      return value.is_number() ? value.get<double>() : 0.0;
    };
    listener.on_progress(run, call, number("done"), number("total"), string_at(object, "message"));
    return;
  }
  const bool live = kind.starts_with("delta.") || kind == "reset";
  if (live) {
    Delta delta;
    delta.kind = Delta::Kind::reset;
    if (kind == "delta.text") delta.kind = Delta::Kind::text;
    if (kind == "delta.reasoning") delta.kind = Delta::Kind::reasoning;
    if (kind == "delta.tool_args") delta.kind = Delta::Kind::tool_args;
    delta.text = string_at(object, "text");
    delta.tool = string_at(object, "tool");
    listener.on_delta(run, call, delta);
    return;
  }
  const Result<Event> event = event_from_public(object);
  if (event) listener.on_event(*event);
}

TalkClient::TalkClient(asio::any_io_executor executor, TalkPlace place)
    : place_(std::move(place)), http_(std::move(executor)) {
  while (place_.url.ends_with('/')) place_.url.pop_back();
}

TalkClient::~TalkClient() = default;

HttpRequest TalkClient::request_of(const std::string& method, const std::string& path) const {
  HttpRequest request;
  request.method = method;
  request.url = (is_remote() ? place_.url : "http://localhost") + path;
  request.unix_socket = place_.unix_socket;
  if (!place_.key.empty()) request.headers.add("Authorization", "Bearer " + place_.key);
  return request;
}

awaitable<Result<Json>> TalkClient::send(std::string method, std::string path, Json body) {
  HttpRequest request = request_of(method, path);
  request.headers.add("Accept", "application/json");
  if (!body.is_null()) {
    request.headers.add("Content-Type", "application/json");
    request.body = to_text(body);
  }
  const Deadline deadline = LoopClock::now() + kAnswerWithin;
  const HttpOutcome outcome = co_await http_.send(std::move(request), deadline);
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    co_return Error{Errc::unavailable, "the host did not answer: " + failure->message};
  }
  co_return answer_of_host(std::get<HttpResponse>(outcome));
}

awaitable<Result<Json>> TalkClient::get(std::string path) {
  Json nothing = nullptr;
  co_return co_await send("GET", std::move(path), std::move(nothing));
}

awaitable<Result<Json>> TalkClient::post(std::string path, Json body) {
  co_return co_await send("POST", std::move(path), std::move(body));
}

// A stream of events, over as many connections as it takes.
class TalkClient::Stream {
 public:
  explicit Stream(Listener& listener) : listener_(listener) {}

  HttpSinks sinks() {
    HttpSinks sinks;
    parser_ = SseParser();
    sinks.on_head = [](const HttpResponseHead& head) { return head.status == 200; };
    sinks.on_data = [this](std::string_view bytes) { return take(bytes); };
    return sinks;
  }
  bool is_over() const { return over_; }
  bool has_moved() { return std::exchange(moved_, false); }
  const std::string& place() const { return place_; }

 private:
  bool take(std::string_view bytes) {
    std::vector<SseEvent> events;
    if (!parser_.feed(bytes, events)) return false;
    for (const SseEvent& each : events) {
      const Result<Json> object = parse_json(each.data);
      if (!object || !object->is_object()) continue;
      if (!each.id.empty()) place_ = each.id;
      moved_ = true;
      over_ = over_ || is_last_kind(each.event);
      tell_streamed(*object, listener_);
    }
    return !over_;
  }

  Listener& listener_;
  SseParser parser_;
  std::string place_;
  bool over_ = false;
  bool moved_ = false;
};

awaitable<Result<void>> TalkClient::follow(std::string run_id, Listener& listener) {
  Stream stream(listener);
  std::string why;
  for (int breaks = 0; breaks < kBreaksMax; ++breaks) {
    HttpRequest request = request_of("GET", "/v1/runs/" + to_segment(run_id) + "/events");
    request.headers.add("Accept", "text/event-stream");
    if (!stream.place().empty()) request.headers.add("Last-Event-ID", stream.place());
    request.limits.body_bytes_max = std::numeric_limits<std::size_t>::max();
    HttpSinks sinks = stream.sinks();
    const HttpOutcome outcome =
        co_await http_.send(std::move(request), kNoDeadline, std::move(sinks));
    if (stream.is_over()) co_return Result<void>();
    if (stream.has_moved()) breaks = 0;
    if (const auto* response = std::get_if<HttpResponse>(&outcome)) {
      if (response->status == 204) co_return Result<void>();
      const Result<Json> refused = answer_of_host(*response);
      if (response->status != 200 && !refused) co_return refused.error();
      why = "the host closed the stream";
    } else {
      why = std::get<HttpFailure>(outcome).message;
    }
    const Deadline again = LoopClock::now() + kPauseAfterBreak;
    co_await sleep_until(again);
  }
  co_return Error{Errc::unavailable, "the run cannot be followed: " + why};
}

}  // namespace yoke
