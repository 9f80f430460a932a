#include "tests/hook/whole_hook.h"

#include "hosts/hook/anthropic/anthropic.h"
#include "hosts/hook/api/api.h"
#include "hosts/hook/openai/openai.h"

namespace yoke::testing {
namespace {

constexpr const char* kMore = R"toml(
[webhooks.ops]
url = "http://127.0.0.1:1/told"
secret = "env:OPS_SECRET"
events = ["*"]
tenant = "acme"
allow_private = true
)toml";

}  // namespace

WholeHook::WholeHook(Drivers::Options driving)
    : WholeHook(std::make_shared<Held>(), std::move(driving)) {}

WholeHook::WholeHook(std::shared_ptr<Held> held, Drivers::Options driving)
    : HookWorld(
          [held](Endpoints& endpoints, const HookServices& services) {
            add_api(endpoints, services);
            add_openai(endpoints, services);
            add_anthropic(endpoints, services);
            ::setenv("OPS_SECRET", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", 1);
            held->triggers = Triggers::make(services, {}, endpoints).value();
            add_description(endpoints);
          },
          kMore, {}, std::move(driving)),
      held_(std::move(held)) {}

HttpResponse WholeHook::as(const Principal& who, const std::string& method,
                           const std::string& target, const Json& body, HttpHeaders headers) {
  gate.who = who;
  HttpRequest request;
  request.method = method;
  request.url = url(target);
  request.headers = std::move(headers);
  if (!body.is_null()) {
    request.headers.set("Content-Type", "application/json");
    request.body = to_text(body);
  }
  return ask(std::move(request));
}

Principal caller(const std::string& tenant, const std::string& name) {
  Principal who = local_principal(name);
  who.tenant = tenant;
  return who;
}

}  // namespace yoke::testing
