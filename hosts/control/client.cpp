#include "hosts/control/client.h"

#include "hosts/app/command.h"
#include "hosts/app/host_answer.h"
#include "hosts/app/open_store.h"
#include "hosts/app/segment.h"
#include "hosts/config/socket_path.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"

namespace yoke {
namespace {

std::string of_run(const std::string& id, const char* what) {
  return "/v1/runs/" + to_segment(id) + what;
}

// What the command line says by itself where nobody listens; the URL of such an id is another's.
std::optional<Error> unsendable(const std::string& id) {
  if (!id.empty()) return std::nullopt;
  return Error{Errc::invalid, "an empty id names no run"};
}

HttpRequest request_of(const Order& order, const std::string& socket) {
  HttpRequest request;
  request.method = order.method;
  request.url = "http://localhost" + order.path;
  request.unix_socket = socket;
  if (!order.idem_key.empty()) request.headers.add("Idempotency-Key", order.idem_key);
  if (!order.body.is_null()) {
    request.headers.add("Content-Type", "application/json");
    request.body = to_text(order.body);
  }
  return request;
}

}  // namespace

std::optional<Result<Json>> ask_over_socket(const Config& config, const Order& order) {
  const std::string socket = control_socket_of(config);
  if (socket.empty()) return std::nullopt;
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  std::optional<HttpOutcome> outcome;
  asio::co_spawn(io, client.send(request_of(order, socket), LoopClock::now() + order.patience),
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
  return answer_of_host(std::get<HttpResponse>(*outcome));
}

std::optional<Result<Json>> ask_over_socket(const CommonOptions& common, const Order& order) {
  const Result<Config> config = load_config(config_place(common));
  if (!config) return std::nullopt;  // the caller meets it too, and tells
  return ask_over_socket(*config, order);
}

namespace {

std::optional<Result<Json>> act_on(const CommonOptions& common, const std::string& id,
                                   const Order& order) {
  const std::optional<Error> unsent = unsendable(id);
  if (unsent) return Result<Json>(*unsent);
  return ask_over_socket(common, order);
}

}  // namespace

std::optional<Result<Json>> answer_over_socket(const CommonOptions& common,
                                               const RunAnswer& answer) {
  const Json body{{"question", answer.question}, {"value", answer.value}, {"by", user_name()}};
  return act_on(common, answer.id, Order{"POST", of_run(answer.id, "/answers"), body});
}

std::optional<Result<Json>> signal_over_socket(const CommonOptions& common,
                                               const RunSignal& signal) {
  Json body{{"name", signal.name}, {"by", user_name()}};
  if (!signal.data.is_null()) body["data"] = signal.data;
  const Order order{"POST", of_run(signal.id, "/signals"), std::move(body), signal.key};
  return act_on(common, signal.id, order);
}

std::optional<Result<Json>> cancel_over_socket(const CommonOptions& common, const std::string& id) {
  const Json body{{"by", user_name()}};
  return act_on(common, id, Order{"POST", of_run(id, "/cancel"), body});
}

std::optional<Result<Json>> erase_over_socket(const CommonOptions& common, const std::string& id) {
  return act_on(common, id, Order{"DELETE", of_run(id, "")});
}

std::optional<Result<Json>> start_over_socket(const Config& config, const Json& body) {
  return ask_over_socket(config, Order{"POST", "/v1/runs", body});
}

std::optional<Result<Json>> make_key_over_socket(const Config& config, const Json& order) {
  return ask_over_socket(config, Order{"POST", "/v1/keys", order});
}

std::optional<Result<Json>> revoke_key_over_socket(const Config& config, const std::string& named) {
  const std::string path = "/v1/keys/" + to_segment(named) + "/revoke";
  return ask_over_socket(config, Order{"POST", path, Json{{"by", user_name()}}});
}

}  // namespace yoke
