#include "hosts/hook/api/api_socket.h"

#include "hosts/app/command.h"
#include "hosts/hook/api/api.h"
#include "hosts/hook/owner_gate.h"
#include "hosts/hook/turned_away.h"
#include "runtime/http/server.h"

namespace yoke {

struct ApiSocket::Parts {
  Parts(const HookServices& given, Beside beside)
      : gate(user_name()),
        services{given.app, given.drivers, given.feed, gate, given.wall},
        dispatcher(endpoints_of(services, std::move(beside.endpoints)), {gate, given.wall, random},
                   std::move(beside.on_done)),
        server(
            given.app.executor(),
            [this](HttpRequest request) { return dispatcher.answer(std::move(request)); },
            options()) {}

  HttpServerOptions options() {
    HttpServerOptions options;
    options.refuser = [this, limits = options](const HttpRefused& refused) {
      return dispatcher.refuse_unread(refused.seen,
                                      turned_away(refused, limits, LimitsOf::program));
    };
    return options;
  }

  static Endpoints endpoints_of(const HookServices& services, Endpoints more) {
    Endpoints endpoints;
    add_api(endpoints, services, ApiPlace::socket);
    for (Endpoint& each : more) endpoints.push_back(std::move(each));
    add_description(endpoints, ApiPlace::socket);
    return endpoints;
  }

  OwnerGate gate;
  SystemRandom random;
  HookServices services;
  Dispatcher dispatcher;
  HttpServer server;
};

ApiSocket::ApiSocket(const HookServices& services, Beside beside)
    : parts_(std::make_unique<Parts>(services, std::move(beside))) {}

ApiSocket::~ApiSocket() = default;

Result<void> ApiSocket::listen(const std::string& path) {
  HttpListen how;
  how.same_user = true;
  return parts_->server.listen_unix(path, how);
}

awaitable<void> ApiSocket::stop(Deadline until) { co_await parts_->server.stop(until); }

}  // namespace yoke
