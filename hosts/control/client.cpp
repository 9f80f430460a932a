#include "hosts/control/client.h"

#include "hosts/cli/support.h"
#include "hosts/control/socket_path.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"

namespace yoke {
namespace {

constexpr int kNobody = -1;
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
  return kExitFailed;
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

std::optional<int> post(const CommonOptions& common, Terminal& terminal, Order order) {
  ConfigPlace place;
  place.file = common.config;
  place.store_url = common.store;
  const Result<Config> config = load_config(place);
  if (!config) return std::nullopt;  // the caller meets it too, and tells
  const std::string socket = control_socket_of(*config);
  if (socket.empty()) return std::nullopt;
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  const int status = run_to_end(
      io, terminal, ask(client, terminal, request_of(order, socket), std::move(order.done)));
  if (status == kNobody) return std::nullopt;
  return status;
}

}  // namespace

std::optional<int> answer_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunsOptions& options) {
  const Result<Json> parsed = parse_json(options.value);
  Json body{{"question", options.question}, {"by", user_name()}};
  body["value"] = parsed && !parsed->is_string() ? *parsed : Json(options.value);
  return post(common, terminal, {"/v1/runs/" + options.id + "/answers", body, "answered"});
}

std::optional<int> cancel_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunsOptions& options) {
  const Json body{{"by", user_name()}};
  return post(common, terminal, {"/v1/runs/" + options.id + "/cancel", body, "cancelled"});
}

std::optional<int> start_over_socket(const CommonOptions& common, Terminal& terminal,
                                     const Json& body) {
  return post(common, terminal, {"/v1/runs", body, "handed over"});
}

}  // namespace yoke
