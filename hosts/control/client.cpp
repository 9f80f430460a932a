#include "hosts/control/client.h"

#include "hosts/app/command.h"
#include "hosts/app/open_store.h"
#include "hosts/config/socket_path.h"
#include "hosts/control/segment.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"

namespace yoke {
namespace {

constexpr int kNobody = -1;
constexpr int kInvalid = 422;  // the HTTP status
constexpr std::chrono::seconds kPatience{30};

struct Order {
  std::string path;
  Json body;
  std::string done;  // what to tell the user when it is
};

HttpRequest request_of(const Order& order, const std::string& socket) {
  HttpRequest request;
  request.method = "POST";
  request.url = "http://localhost" + order.path;
  request.unix_socket = socket;
  request.headers.add("Content-Type", "application/json");
  request.body = to_text(order.body);
  return request;
}

int report(Terminal& terminal, const HttpResponse& response, const std::string& done) {
  const Result<Json> parsed = parse_json(response.body);
  const Json body = parsed ? *parsed : Json();
  if (response.status == 201) terminal.out(string_at(body, "run") + "\n");
  if (response.status >= 200 && response.status < 300) {
    terminal.line(done);
    return kExitCompleted;
  }
  terminal.line("yoke: " + printable(string_at(body, "detail", "the running yoke refused")));
  return response.status == kInvalid ? kExitUsage : kExitFailed;
}

awaitable<int> ask(HttpClient& client, Terminal& terminal, HttpRequest request, std::string done) {
  const HttpOutcome outcome =
      co_await client.send(std::move(request), LoopClock::now() + kPatience);
  if (const auto* response = std::get_if<HttpResponse>(&outcome)) {
    co_return report(terminal, *response, done);
  }
  const HttpFailure& failure = std::get<HttpFailure>(outcome);
  if (failure.kind == HttpFailure::Kind::connect) co_return kNobody;
  terminal.line("yoke: the running yoke did not answer: " + printable(failure.message));
  co_return kExitFailed;
}

std::optional<int> post(Terminal& terminal, const Config& config, Order order) {
  const std::string socket = control_socket_of(config);
  if (socket.empty()) return std::nullopt;
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  const int status = run_to_end(
      io, terminal, ask(client, terminal, request_of(order, socket), std::move(order.done)));
  if (status == kNobody) return std::nullopt;
  return status;
}

std::optional<int> act(const CommonOptions& common, Terminal& terminal, Order order) {
  const Result<Config> config = load_config(config_place(common));
  if (!config) return std::nullopt;  // the caller meets it too, and tells
  return post(terminal, *config, std::move(order));
}

Errc errc_of(int status) {
  switch (status) {
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    case kInvalid:
      return Errc::invalid;
    default:
      return Errc::unavailable;
  }
}

// The body of what answers; none when nobody does.
std::optional<Result<Json>> asked_over_socket(const Config& config, const Order& order) {
  const std::string socket = control_socket_of(config);
  if (socket.empty()) return std::nullopt;
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  std::optional<HttpOutcome> outcome;
  asio::co_spawn(io, client.send(request_of(order, socket), LoopClock::now() + kPatience),
                 [&](std::exception_ptr failure, HttpOutcome answered) {
                   if (!failure) outcome = std::move(answered);
                   io.stop();
                 });
  io.run();
  if (!outcome) return Error{Errc::unavailable, "the running yoke did not answer"};
  if (const auto* failure = std::get_if<HttpFailure>(&*outcome)) {
    if (failure->kind == HttpFailure::Kind::connect) return std::nullopt;
    return Error{Errc::unavailable, "the running yoke did not answer: " + failure->message};
  }
  const HttpResponse& response = std::get<HttpResponse>(*outcome);
  Result<Json> body = parse_json(response.body);
  if (!body) return Error{Errc::unavailable, "the running yoke answered with no JSON"};
  if (response.status >= 200 && response.status < 300) return body;
  return Error{errc_of(response.status), string_at(*body, "detail", "the running yoke refused")};
}

}  // namespace

std::optional<Result<Json>> make_key_over_socket(const Config& config, const Json& order) {
  return asked_over_socket(config, Order{"/v1/keys", order, ""});
}

std::optional<Result<Json>> revoke_key_over_socket(const Config& config, const std::string& named) {
  const std::string path = "/v1/keys/" + to_segment(named) + "/revoke";
  return asked_over_socket(config, Order{path, Json{{"by", user_name()}}, ""});
}

std::optional<int> answer_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunAnswer& answer) {
  const Json body{{"question", answer.question}, {"value", answer.value}, {"by", user_name()}};
  const std::string path = "/v1/runs/" + to_segment(answer.id) + "/answers";
  return act(common, terminal, Order{path, body, "answered"});
}

std::optional<int> cancel_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const std::string& id) {
  const Json body{{"by", user_name()}};
  const std::string path = "/v1/runs/" + to_segment(id) + "/cancel";
  return act(common, terminal, Order{path, body, "cancelled"});
}

std::optional<int> start_over_socket(Terminal& terminal, const Config& config, const Json& body) {
  return post(terminal, config, Order{"/v1/runs", body, "handed over"});
}

}  // namespace yoke
