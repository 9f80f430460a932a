#include "tests/support/mock_vendor.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace yoke::testing {
namespace {

constexpr std::string_view kVendorLastChunk = "0\r\n\r\n";

std::string chunk(const std::string& bytes) {
  std::array<char, 20> size{};
  const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return std::string(size.data(), static_cast<std::size_t>(digits)) + bytes + "\r\n";
}

bool is_whole_stream(MockFault fault) {
  return fault == MockFault::none || fault == MockFault::dribble || fault == MockFault::empty_reply;
}

}  // namespace

std::vector<std::string> pieces_of(const std::string& text, std::size_t bytes) {
  std::vector<std::string> pieces;
  for (std::size_t from = 0; from < text.size();) {
    std::size_t end = std::min(from + std::max<std::size_t>(bytes, 1), text.size());
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
    pieces.push_back(text.substr(from, end - from));
    from = end;
  }
  return pieces;
}

std::string event_bytes(const std::string& data, const std::string& event) {
  const std::string name = event.empty() ? "" : "event: " + event + "\n";
  return name + "data: " + data + "\n\n";
}

MockVendor::MockVendor(Options options, std::unique_ptr<VendorWire> wire, std::string base_path)
    : options_(std::move(options)),
      wire_(std::move(wire)),
      base_path_(std::move(base_path)),
      server_([this](const MockRequest& request,
                     MockConnection& connection) { return handle(request, connection); },
              options_.port) {}

std::string MockVendor::base_url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port()) + base_path_;
}

std::vector<MockRequest> MockVendor::raw_requests() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

std::vector<Json> MockVendor::requests() const {
  std::vector<Json> bodies;
  for (const MockRequest& request : raw_requests()) {
    const Result<Json> body = parse_json(request.body);
    bodies.push_back(body ? *body : Json());
  }
  return bodies;
}

std::vector<std::string> MockVendor::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

bool MockVendor::refuse(const VendorRefusal& refusal, MockConnection& connection) {
  const std::string body = wire_->error_body(refusal);
  return connection.send(http_answer(refusal.status, "application/json", body));
}

bool MockVendor::handle(const MockRequest& request, MockConnection& connection) {
  const auto key = request.headers.find(wire_->key_header());
  const bool known = key != request.headers.end() && key->second == options_.key;
  if (!options_.key.empty() && !known) return refuse(wire_->wrong_key(), connection);
  const Result<Json> body = parse_json(request.body);
  if (!body) return refuse({400, "", "the body is no JSON: " + body.error().detail}, connection);
  return answer(request, *body, connection);
}

bool MockVendor::answer(const MockRequest& raw, const Json& request, MockConnection& connection) {
  std::optional<VendorRefusal> refusal;
  VendorTurn turn;
  {
    const std::lock_guard lock(mutex_);
    received_.push_back(raw);
    refusal = wire_->refusal(raw, request);
    if (refusal) refusals_.push_back(refusal->text);
    if (!refusal) turn = options_.script(request, static_cast<int>(received_.size()));
  }
  if (refusal) return refuse(*refusal, connection);
  if (wire_->streams(raw, request)) return send_stream(turn, request, connection);
  return send_whole(turn, request, connection);
}

bool MockVendor::send_whole(const VendorTurn& turn, const Json& request,
                            MockConnection& connection) {
  const std::string json = "application/json";
  switch (turn.fault) {
    case MockFault::status: {
      const VendorRefusal refusal{turn.status, turn.error_type, turn.error_text};
      const std::string body = turn.body.empty() ? wire_->error_body(refusal) : turn.body;
      return connection.send(http_answer(turn.status, json, body, turn.headers));
    }
    case MockFault::nothing:
      return false;
    case MockFault::silence:
      connection.wait_for_peer();
      return false;
    case MockFault::empty_body:
      return connection.send(http_answer(200, json, ""));
    case MockFault::not_json:
      return connection.send(http_answer(200, json, "well, {\"no\""));
    case MockFault::html:
      return connection.send(http_answer(200, "text/html", "<html><body>Sign in</body></html>"));
    case MockFault::error_in_200: {
      const VendorRefusal refusal{turn.status, turn.error_type, turn.error_text};
      return connection.send(http_answer(200, json, wire_->error_body(refusal)));
    }
    case MockFault::cut:
      connection.send(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
          "Content-Length: 1000\r\n\r\n{\"con");
      return false;
    default:
      break;
  }
  std::string body;
  {
    const std::lock_guard lock(mutex_);
    body = wire_->whole(turn, request);
  }
  const std::string bytes = http_answer(200, json, body, turn.headers);
  if (turn.fault == MockFault::dribble) return connection.send_singly(bytes);
  return connection.send(bytes);
}

bool MockVendor::send_stream(const VendorTurn& turn, const Json& request,
                             MockConnection& connection) {
  switch (turn.fault) {
    case MockFault::status:
    case MockFault::nothing:
    case MockFault::silence:
    case MockFault::html:
    case MockFault::not_json:
      return send_whole(turn, request, connection);
    default:
      break;
  }
  std::vector<std::string> events;
  {
    const std::lock_guard lock(mutex_);
    events = wire_->events(turn, request);
  }
  const auto most = static_cast<std::size_t>(turn.events);
  if (!is_whole_stream(turn.fault) && events.size() > most) events.resize(most);
  if (turn.fault == MockFault::empty_body) events.clear();
  std::string bytes = stream_head();
  for (const std::string& event : events) bytes += chunk(event);
  const bool singly = turn.fault == MockFault::dribble;
  const bool sent = singly ? connection.send_singly(bytes) : connection.send(bytes);
  return sent && end_stream(turn, connection);
}

// What comes instead of the rest of the stream. False: the connection is closed.
bool MockVendor::end_stream(const VendorTurn& turn, MockConnection& connection) {
  constexpr std::size_t kBigBytes = 10'000'000;
  switch (turn.fault) {
    case MockFault::cut:
      return false;
    case MockFault::stall:
      connection.wait_for_peer();
      return false;
    case MockFault::malformed_event:
      connection.send(chunk(event_bytes("{\"type\":", "content_block_delta")));
      return connection.send(kVendorLastChunk);
    case MockFault::error_in_200:
      connection.send(chunk(wire_->error_event({turn.status, turn.error_type, turn.error_text})));
      return connection.send(kVendorLastChunk);
    case MockFault::big_event:
      return connection.send(chunk(event_bytes("\"" + std::string(kBigBytes, 'x') + "\"")));
    default:
      return connection.send(kVendorLastChunk);
  }
}

}  // namespace yoke::testing
