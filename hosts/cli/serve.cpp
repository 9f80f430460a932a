#include "hosts/hook/serve.h"

#include "hosts/app/version.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"

namespace yoke {
namespace {

awaitable<int> serve_in(App& app, Terminal& terminal, const ServeOptions& options) {
  const int refused = refuse_settings(terminal, app);
  if (refused != kExitCompleted) co_return refused;
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
  const AppWork work = [&options](App& app, Terminal& terminal) {
    return serve_in(app, terminal, options);
  };
  return with_app(common, "", StoreUse::write, work, Control::in_work);
}

}  // namespace yoke
