#include "tests/hook/hook_world.h"

#include <algorithm>

#include "runtime/base/ensure.h"

namespace yoke::testing {
namespace {

constexpr const char* kConfig = R"toml([secrets]
SHELF_KEY = "env:SHELF_KEY"

[backends.demo]
preset = "scripted"
script = "models/sample.lua"

[routes.default]
targets = ["demo/sample"]

[policy]
allow = ["words.*"]

[budgets]
tenant = { tokens = 1_000_000 }
)toml";

constexpr const char* kAgent = R"lua(return agent {
  name = "helper", description = "Does what it is told.", model = "default",
  instructions = "Do what you are told.", tools = { "words.*", "door.*" },
  approve = { "door.*" },
}
)lua";

constexpr const char* kLonely = R"lua(return agent {
  name = "lonely", description = "Has no tools.", model = "default", instructions = "Talk.",
  tools = {},
}
)lua";

constexpr const char* kTools = R"lua(return {
  tool {
    name = "words.count", description = "Counts the words of a text.",
    input = { text = "string" }, output = { words = "integer" }, effect = "read",
    run = function(input, ctx)
      ctx.progress(1, 2, "halfway")
      return { words = select(2, input.text:gsub("%S+", "")) }
    end,
  },
  tool {
    name = "door.open", description = "Opens the door.", input = { who = "string" },
    effect = "once", run = function(input) return { opened_for = input.who } end,
  },
  tool {
    name = "shelf.look", description = "Looks at a shelf.", input = {}, effect = "read",
    permissions = { net = { "shelf.example" },
                    secrets = { SHELF_KEY = { host = "shelf.example", header = "X-Key" } } },
    run = function() return http.get("https://shelf.example/").body end,
  },
}
)lua";

constexpr const char* kModel = R"lua(local function ask(tool, args)
  return { calls = { { tool = tool, args = args } } }
end

return model {
  name = "sample",
  reply = function(request)
    local task, first, results = nil, nil, {}
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if message.role == "user" and part.type == "text" then
          task, results = part.text, {}
          first = first or part.text
        elseif part.type == "tool_result" then
          results[#results + 1] = part
        end
      end
    end
    local verb, rest = task:match("^(%S+)%s*(.*)$")
    local last = results[#results]
    if verb == "say" then return { reasoning = "I am to speak.", text = rest } end
    if verb == "first" then return { text = "you first said: " .. first } end
    if verb == "fail" then error("the model broke") end
    if last then
      return { text = (last.is_error and "it failed: " or "it said: ") .. last.content }
    end
    if verb == "count" then return ask("words.count", { text = rest }) end
    if verb == "tool" then return ask("weather", { place = rest }) end
    if verb == "open" then return ask("door.open", { who = "anna" }) end
    return { text = "I do not know how to " .. task }
  end,
}
)lua";

}  // namespace

awaitable<Gatekeeper::Admission> TestGate::admit(const HttpRequest&) {
  if (refusal) co_return *refusal;
  co_return who;
}

void write_hook_project(const TempFolder& folder, const std::string& more_config) {
  folder.write("yoke.toml", kConfig + more_config);
  folder.write("agents/helper.lua", kAgent);
  folder.write("agents/lonely.lua", kLonely);
  folder.write("tools/sample.lua", kTools);
  folder.write("models/sample.lua", kModel);
}

HookWorld::HookWorld(const Add& add, const std::string& more_config, const Files& more_files,
                     Drivers::Options driving) {
  write_hook_project(folder, more_config);
  for (const auto& [name, text] : more_files) folder.write(name, text);
  CommonOptions common;
  common.config = folder.file("yoke.toml");
  common.store = "memory:";
  Result<std::unique_ptr<App>> opened = App::open(loop.io, common, "");
  if (!opened) throw Fault(opened.error().message());
  app_ = std::move(*opened);
  feed_ = std::make_unique<RunFeed>(app_->engine(), app_->store());
  drivers_ = std::make_unique<Drivers>(*app_, wall_, std::move(driving));
  services_ = std::make_unique<HookServices>(HookServices{*app_, *drivers_, *feed_, gate, wall});
  Endpoints endpoints;
  add(endpoints, *services_);
  dispatcher_ = std::make_unique<Dispatcher>(std::move(endpoints),
                                             Dispatcher::Services{gate, wall_, random_});
  server_ = std::make_unique<HttpServer>(loop.executor(), [this](HttpRequest request) {
    return dispatcher_->answer(std::move(request));
  });
  port_ = server_->listen("127.0.0.1", 0).value();
  client_ = std::make_unique<HttpClient>(loop.executor());
}

HookWorld::~HookWorld() {
  const Deadline now = LoopClock::now();
  run(loop.io, drivers_->stop(now));
  run(loop.io, server_->stop(now));
}

std::string HookWorld::url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + target;
}

HttpResponse HookWorld::ask(const std::string& method, const std::string& target) {
  HttpRequest request;
  request.method = method;
  request.url = url(target);
  return ask(std::move(request));
}

HttpResponse HookWorld::ask(const std::string& method, const std::string& target, const Json& body,
                            HttpHeaders headers) {
  HttpRequest request;
  request.method = method;
  request.url = url(target);
  request.headers = std::move(headers);
  request.headers.set("Content-Type", "application/json");
  request.body = to_text(body);
  return ask(std::move(request));
}

HttpResponse HookWorld::ask(HttpRequest request) {
  HttpOutcome outcome = run(loop.io, client_->send(std::move(request), kNoDeadline));
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) throw Fault(failure->message);
  return std::move(std::get<HttpResponse>(outcome));
}

std::string HookWorld::start(const std::string& task) {
  const HttpResponse reply = ask("POST", "/v1/runs", Json{{"agent", "helper"}, {"task", task}});
  if (reply.status != 201) throw Fault(reply.body);
  return string_at(json_of(reply), "run");
}

EventReader::EventReader(HookWorld& world, HttpRequest request)
    : world_(world), client_(world.loop.executor()), group_(world.loop.executor()) {
  if (!request.headers.has("Accept")) request.headers.set("Accept", "text/event-stream");
  group_.spawn(follow(std::move(request)));
}

EventReader::EventReader(HookWorld& world, const std::string& target, const std::string& last_id)
    : EventReader(world, [&] {
        HttpRequest request;
        request.url = world.url(target);
        if (!last_id.empty()) request.headers.set("Last-Event-ID", last_id);
        return request;
      }()) {}

EventReader::~EventReader() { hang_up(); }

awaitable<void> EventReader::follow(HttpRequest request) {
  HttpSinks sinks;
  sinks.on_head = [this](const HttpResponseHead& head) {
    status = head.status;
    headers = head.headers;
    return true;
  };
  sinks.on_data = [this](std::string_view bytes) {
    text += bytes;
    return parser_.feed(bytes, events).has_value();
  };
  const HttpOutcome outcome =
      co_await client_.send(std::move(request), kNoDeadline, std::move(sinks));
  static_cast<void>(outcome);
  ended_ = true;
}

bool EventReader::has(const std::string& name) const {
  return std::any_of(events.begin(), events.end(),
                     [&](const SseEvent& event) { return event.event == name; });
}

void EventReader::wait_for(const std::string& name) {
  world_.until([&] { return has(name) || ended_; });
  ENSURE(has(name));
}

void EventReader::wait_for_end() {
  world_.until([&] { return ended_; });
}

void EventReader::hang_up() {
  group_.cancel();
  run(world_.loop.io, group_.join());
}

Json json_of(const HttpResponse& response) {
  Result<Json> body = parse_json(response.body);
  if (!body) throw Fault("no JSON: " + response.body);
  return std::move(*body);
}

}  // namespace yoke::testing
