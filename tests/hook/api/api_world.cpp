#include "tests/hook/api/api_world.h"

namespace yoke::testing {

ApiWorld::ApiWorld(ApiPlace place, const Files& more_files)
    : HookWorld(
          [place](Endpoints& endpoints, const HookServices& services) {
            add_api(endpoints, services, place);
            add_description(endpoints, place);
          },
          "", more_files) {
  gate.who.name = "local";
}

Json ApiWorld::get(const std::string& id) { return json_of(ask("GET", "/v1/runs/" + id)); }

Json ApiWorld::ended(const std::string& id) {
  EventReader reader(*this, "/v1/runs/" + id + "/events");
  reader.wait_for_end();
  return get(id);
}

Json ApiWorld::until_waiting(const std::string& id) {
  EventReader reader(*this, "/v1/runs/" + id + "/events");
  reader.wait_for("question.asked");
  until([&] { return services().drivers.driving() == 0; });
  return get(id);
}

std::string ApiWorld::started_and_ended(const std::string& task) {
  std::string id = start(task);
  ended(id);
  return id;
}

HttpResponse ApiWorld::events_of(const std::string& id, const std::string& query) {
  HttpRequest request;
  request.url = url("/v1/runs/" + id + "/events" + query);
  request.headers.set("Accept", "application/json");
  return ask(std::move(request));
}

}  // namespace yoke::testing
