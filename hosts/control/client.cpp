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

}  // namespace

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
