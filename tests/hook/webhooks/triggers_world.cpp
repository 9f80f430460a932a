#include "tests/hook/webhooks/triggers_world.h"

#include "hosts/hook/api/api.h"

namespace yoke::testing {

TriggersWorld::TriggersWorld(const std::string& config, const Files& files, const std::string& now)
    : HookWorld(
          [this](Endpoints& endpoints, const HookServices& services) {
            add_api(endpoints, services);
            HookLog log = [this](std::string_view event, const Json& fields) {
              logged.emplace_back(std::string(event), fields);
            };
            Result<std::unique_ptr<Triggers>> made = Triggers::make(services, log, endpoints);
            if (!made) throw Fault(made.error().message());
            triggers = std::move(*made);
          },
          config, files),
      group_(std::make_unique<TaskGroup>(loop.executor())) {
  gate.who.scopes = Scopes::all();
  if (!now.empty()) wall.ahead = micros_from_iso8601(now).value() - wall.now();
  run(loop.io, triggers->begin(*group_));
}

TriggersWorld::~TriggersWorld() {
  group_->cancel();
  run(loop.io, group_->join());
  triggers.reset();  // it borrows the app
}

int TriggersWorld::told(const std::string& event) const {
  int times = 0;
  for (const auto& [name, fields] : logged) times += name == event ? 1 : 0;
  return times;
}

void TriggersWorld::until_told(const std::string& event, int times) {
  until([&] { return told(event) >= times; });
}

void TriggersWorld::pass(std::chrono::seconds time) {
  wall.ahead += std::chrono::microseconds(time).count();
  loop.advance(time);
}

}  // namespace yoke::testing
