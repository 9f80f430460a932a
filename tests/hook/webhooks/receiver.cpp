#include "tests/hook/webhooks/receiver.h"

namespace yoke::testing {

bool Receiver::Taken::signed_by(const std::string& secret, Micros now) const {
  const Result<HookKey> key = hook_key(HookScheme::standard, Secret(secret));
  if (!key) throw Fault(key.error().message());
  constexpr std::chrono::seconds kWindow{300};
  return verify_hook(HookScheme::standard, {*key}, headers, body, now, kWindow).has_value();
}

Receiver::Receiver(asio::any_io_executor executor, const HeldPort& port)
    : executor_(std::move(executor)), port_(port) {}

void Receiver::open() {
  server_ = std::make_unique<HttpServer>(
      executor_, [this](HttpRequest request) { return take(std::move(request)); });
  server_->listen("127.0.0.1", port()).value();
}

awaitable<HttpReply> Receiver::take(HttpRequest request) {
  Taken one;
  one.id = std::string(request.headers.get("webhook-id"));
  one.headers = request.headers;
  one.body = request.body;
  one.payload = parse_json(request.body).value();
  taken.push_back(one);
  HttpReply reply;
  reply.status = 204;
  if (!answers.empty()) {
    reply.status = answers.front();
    answers.pop_front();
  }
  if (on_taken) on_taken(one);
  co_return reply;
}

std::vector<std::string> Receiver::types_of(const std::string& run) const {
  std::vector<std::string> types;
  for (const Taken& each : taken) {
    if (each.run() == run) types.push_back(each.type());
  }
  return types;
}

}  // namespace yoke::testing
