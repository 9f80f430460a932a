#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/sse_text.h"
#include "hosts/keys/api_keys.h"
#include "runtime/journal/event.h"

// GET /v1/runs/{id}/events: a run's journal, live or as pages.
namespace yoke {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr int kPageMax = 1000;
constexpr int kPageUsual = 200;

// What a reader is told last when the journal cannot be read on.
std::string failure_text(const Error& error) {
  const Refusal refusal = refusal_of(error);
  return sse_text("", "error", problem(refusal).body);
}

bool is_live_still(const ApiContext& api, const std::string& key_id) {
  if (key_id.empty()) return true;
  const KeyRecord* key = api.services.app.keys().find(key_id);
  return key != nullptr && key->is_live(api.services.wall.now());
}

awaitable<void> tell_run(ApiRef api, std::string key_id, std::string run_id, FeedPosition from,
                         HttpWriter& writer) {
  RunFeed::Reader reader(api->services.feed, std::move(run_id), from);
  bool open = co_await writer.write(kSseBegin);
  while (open) {
    const Deadline until = LoopClock::now() + kHeartbeat;
    const Result<RunFeed::Reader::Next> next = co_await reader.next(until);
    if (!next) {
      co_await writer.write(failure_text(next.error()));
      co_return;
    }
    // Looked at before each piece: nothing is told to a key that has ended.
    if (!is_live_still(*api, key_id)) {
      const Error ended{Errc::denied, "the key of this stream has ended"};
      std::string last_words = failure_text(ended);
      co_await writer.write(std::move(last_words));
      co_return;
    }
    const bool last = next->why == RunFeed::Reader::Why::ended ||
                      next->why == RunFeed::Reader::Why::closed;  // who comes again goes on
    if (last) co_return;
    std::string text = kSseHeartbeat;
    if (next->why == RunFeed::Reader::Why::item) {
      text = sse_text(to_text(next->item->at()), next->item->kind(), next->item->json());
    }
    open = co_await writer.write(std::move(text));
  }
}

Result<FeedPosition> position_of(const AskedOf& asked) {
  const std::string* header = asked.call.request.headers.find("Last-Event-ID");
  const std::string text = header != nullptr ? *header : string_at(asked.query, "after");
  if (text.empty()) return FeedPosition{};
  return feed_position(text);
}

Refusal beyond_the_end(const RunRow& row, const FeedPosition& from) {
  return refusal_with(422, "invalid",
                      "run " + row.run_id + " has not come as far as event " +
                          std::to_string(from.seq) + ": its last one is " +
                          std::to_string(row.head_seq),
                      "after");
}

awaitable<HttpReply> page(ApiRef api, RunRow row, FeedPosition from, int limit) {
  Result<std::vector<Record>> records =
      co_await api->services.app.store().read(row.run_id, from.seq, limit + 1);
  if (!records) co_return problem(refusal_of(records.error()));
  const bool more = static_cast<int>(records->size()) > limit;
  if (more) records->pop_back();
  Json body{{"events", Json::array()}, {"ended", is_final(row.status)}};
  for (const Record& record : *records) {
    const Result<Event> event = event_from_record(record);
    if (!event) co_return problem(refusal_of(event.error()));
    body["events"].push_back(to_json(*event));
  }
  if (more) body["next"] = std::to_string(records->back().seq);
  co_return json_reply(200, body);
}

awaitable<HttpReply> events(ApiRef api, AskedOf asked) {
  const Result<FeedPosition> from = position_of(asked);
  if (!from) co_return problem(refusal_with(422, "invalid", from.error().message(), "after"));
  RunFound found = co_await find_run_of(api, asked.call.who, asked.call.args.at(0));
  if (const auto* refusal = std::get_if<Refusal>(&found)) co_return problem(*refusal);
  RunRow row = std::move(std::get<RunRow>(found));
  if (from->seq > row.head_seq) co_return problem(beyond_the_end(row, *from));
  const std::string_view accept = asked.call.request.headers.get("Accept");
  const bool wants_page = accept.find("application/json") != std::string_view::npos;
  if (!wants_page || wants_events(asked.call.request)) {
    const bool told_all = is_final(row.status) && from->seq == row.head_seq;
    HttpReply nothing_more;
    nothing_more.status = 204;  // what makes a browser stay away
    if (told_all) co_return nothing_more;
    co_return stream_run(api, asked.call.who, std::move(row.run_id), *from);
  }
  const auto limit = static_cast<int>(integer_at(asked.query, "limit", kPageUsual));
  co_return co_await page(api, std::move(row), *from, limit);
}

}  // namespace

HttpReply stream_run(const ApiRef& api, const Principal& who, std::string run_id,
                     FeedPosition from) {
  HttpReply reply;
  reply.headers.add("Content-Type", "text/event-stream");
  reply.headers.add("Cache-Control", "no-store");
  reply.headers.add("X-Accel-Buffering", "no");  // a proxy that gathers would undo the stream
  reply.headers.add("Location", "/v1/runs/" + run_id);
  reply.stream = [api, key_id = who.key_id, run_id = std::move(run_id), from](HttpWriter& writer) {
    return tell_run(api, key_id, run_id, from, writer);
  };
  return reply;
}

void add_event_endpoints(const ApiRef& api, Endpoints& endpoints) {
  Operation operation("listEvents", "runs", "Follow a run, or read its journal");
  operation
      .says(
          "Server-sent events: first the journal behind `after`, then what happens, until the "
          "run has ended. `id` is where to go on after a break, `event` the kind, `data` the "
          "event as JSON. Live pieces (delta.text, delta.reasoning, delta.tool_args, "
          "tool.progress) are void once the event that finishes them comes; `reset` voids those "
          "since the last event, and what is still true of them is told anew. A comment comes "
          "every 15 seconds. With `Accept: application/json`, the journal in pages.")
      .path("id", "The run.")
      .query("after", Json{{"type", "string"}, {"maxLength", 40}},
             "Where to go on: a number of an event, or an `id` of the stream.")
      .query("limit", limit_schema(kPageMax, kPageUsual), "Of a page: how many events.")
      .header("Last-Event-ID", Json{{"type", "string"}},
              "The same as `after`, as clients send it by themselves; it wins.")
      .answers(200, "EventPage", "The events.")
      .streams(200, "Server-sent events.")
      .answers_nothing(204, "The run has ended and `after` is its last event: do not come again.")
      .fails({404, 422});
  endpoints.push_back(
      api_endpoint(api, {"GET", "/v1/runs/{id}/events", Scope::read}, operation, events));
}

}  // namespace yoke
