#include "hosts/hook/serve.h"

#include <unistd.h>

#include "hosts/app/open_store.h"
#include "hosts/app/version.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/hook/serve_names.h"
#include "runtime/http/server.h"

namespace yoke {
namespace {

int refuse_names(Terminal& terminal, App& app) {
  int status = kExitCompleted;
  for (const Error& problem : serve_name_problems(app)) {
    status = fail(terminal, Error{Errc::invalid, problem.detail, problem.place});
  }
  return status;
}

// Whether somebody listens there already, or nobody may: told before a store is made for nothing.
// What cannot be read yet is for whoever opens the project to tell.
int refuse_place(Terminal& terminal, const CommonOptions& common, const ServeOptions& options) {
  std::vector<ListenAt> places;
  for (const std::string& text : options.listen) {
    const std::optional<ListenAt> place = listen_at(text);
    if (!place) return fail(terminal, Error{Errc::invalid, "--listen: " + wrong_listen(text)});
    places.push_back(*place);
  }
  if (places.empty()) {
    const Result<std::vector<PassedSocket>> passed = passed_sockets(options.service, ::getpid());
    if (!passed || !passed->empty()) return kExitCompleted;
    const Result<Config> config = load_config(config_place(common, ""));
    if (!config) return kExitCompleted;
    places = config->serve.listen;
  }
  asio::io_context io{1};  // gone again, and with it what listens
  HttpServer probe(io.get_executor(), HttpHandler());
  for (const ListenAt& place : places) {
    if (place.address.empty()) continue;
    const Result<std::uint16_t> free = probe.listen(place.address, place.port);
    if (!free) return fail(terminal, free.error());
  }
  return kExitCompleted;
}

awaitable<int> serve_in(App& app, Terminal& terminal, const ServeOptions& options) {
  if (const int refused = refuse_settings(terminal, app); refused != kExitCompleted) {
    co_return refused;
  }
  if (const int refused = refuse_names(terminal, app); refused != kExitCompleted) co_return refused;
  ServeOptions with_version = options;
  with_version.version = YOKE_VERSION;
  const int status = co_await serve(app, terminal, std::move(with_version));
  app.stop();  // rivals that still answer in the shade are not waited for
  co_return status;
}

}  // namespace

int serve_hook(const CommonOptions& common, const ServeOptions& given) {
  ServeOptions options = given;
  options.service = take_service_variables();  // before there are threads and children
  raise_descriptor_limit();                    // each connection is one
  Terminal terminal(common.color);
  const int refused = refuse_place(terminal, common, options);
  if (refused != kExitCompleted) return refused;
  const AppWork work = [&options](App& app, Terminal& terminal) {
    return serve_in(app, terminal, options);
  };
  return with_app(common, "", StoreUse::write, work, Control::in_work);
}

}  // namespace yoke
