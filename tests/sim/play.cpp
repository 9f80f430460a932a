#include "tests/sim/play.h"

#include <utility>

#include "runtime/base/hash.h"
#include "tests/sim/actors.h"
#include "tests/sim/parts.h"
#include "tests/support/fakes.h"

namespace yoke::sim {

// A want, or a sequence, or parts side by side of which all or the first are waited for.
struct Play::Scene {
  enum class Kind : std::uint8_t { want, sequence, all, race };
  Kind kind = Kind::want;
  std::string at;
  Scene* above = nullptr;
  bool races = false;  // it may be given up: what it comes to is not told
  ScriptWant want = {};
  std::vector<std::unique_ptr<Scene>> parts = {};
  std::size_t next = 0;  // of a sequence
  bool is_over = false;
};

Play::Play(std::uint64_t seed, bool may_ask_agents, bool has_client_tools)
    : chance_(seed),
      seed_(seed),
      may_ask_agents_(may_ask_agents),
      has_client_tools_(has_client_tools) {
  root_ = scene("r", nullptr, 0, false);
}

Play::~Play() = default;

std::unique_ptr<Play::Scene> Play::scene(const std::string& at, Scene* above, int depth,
                                         bool races) {
  const std::uint64_t kind = depth == 0 ? 0 : chance_.below(10);
  if (depth > 2 || kind > 4) return want(at, above, races);
  auto made = std::make_unique<Scene>();
  made->kind = kind < 2 ? Scene::Kind::sequence : kind < 4 ? Scene::Kind::all : Scene::Kind::race;
  made->at = at;
  made->above = above;
  made->races = races;
  const bool inner = races || made->kind == Scene::Kind::race;
  const bool wide = made->kind == Scene::Kind::all && chance_.in(6);
  const std::uint64_t count = wide ? 12 + chance_.below(12) : 1 + chance_.below(4);
  for (std::uint64_t i = 1; i <= count; ++i) {
    const std::string place = at + "." + std::to_string(i);
    made->parts.push_back(wide ? want(place, made.get(), inner)
                               : scene(place, made.get(), depth + 1, inner));
  }
  return made;
}

std::unique_ptr<Play::Scene> Play::want(const std::string& at, Scene* above, bool races) {
  auto made = std::make_unique<Scene>();
  made->at = at;
  made->above = above;
  made->races = races;
  ScriptWant& wanted = made->want;
  wanted.at = at;
  wanted.args = Json::object();
  const std::uint64_t kind = chance_.below(100);
  const std::string name = at + " of " + std::to_string(seed_ % 100'000);
  if (kind < 6) {
    wanted.kind = "model";
    wanted.args["prompt"] = "script: what of " + name + "?";
  } else if (kind < 14 && may_ask_agents_) {
    wanted.kind = "agent";
    wanted.args = Json{{"agent", chance_.in(20) ? "nobody" : kHelper}, {"task", "part " + name}};
  } else if (kind < 20) {
    wanted.kind = "ask";
    wanted.args = Json{{"title", "Well?"}, {"body", Json{{"about", name}}}};
    if (chance_.in(4)) wanted.args["expires_us"] = 1'000'000 + 1000 * chance_.below(4000);
  } else if (kind < 28) {
    wanted.kind = "sleep";
    wanted.args["us"] = chance_.in(5) ? 30'000'000 : 1000 * chance_.below(3000);
  } else if (kind < 34) {
    wanted.kind = kind < 31 ? "now" : "random";
  } else if (kind < 42) {
    wanted.kind = "step";
    wanted.args["name"] = "step";
  } else if (kind < 46) {
    wanted.kind = "signal";
    wanted.args["name"] = kSignalNames[chance_.below(std::size(kSignalNames))];
  } else {
    wanted.kind = "tool";
    wanted.args =
        Json{{"tool", random_tool(chance_, has_client_tools_)}, {"args", random_args(chance_)}};
  }
  return made;
}

bool Play::is_over() const { return root_->is_over; }

std::vector<ScriptWant> Play::begin() {
  start(*root_);
  return std::exchange(wanted_, {});
}

void Play::start(Scene& scene) {
  if (scene.kind == Scene::Kind::want) {
    wanted_.push_back(scene.want);
    waiting_[scene.at] = &scene;
  } else if (scene.kind == Scene::Kind::sequence) {
    start(*scene.parts.front());
  } else {
    for (const auto& part : scene.parts) start(*part);
  }
}

void Play::end(Scene& scene) {
  scene.is_over = true;
  if (scene.above != nullptr && !scene.above->is_over) end_part(*scene.above);
}

void Play::end_part(Scene& above) {
  if (above.kind == Scene::Kind::sequence) {
    if (++above.next == above.parts.size()) return end(above);
    return start(*above.parts[above.next]);
  }
  bool all_over = true;
  for (const auto& part : above.parts) all_over = all_over && part->is_over;
  if (above.kind == Scene::Kind::race) {
    for (const auto& part : above.parts) give_up(*part);
    all_over = true;
  }
  if (all_over) end(above);
}

void Play::give_up(Scene& scene) {
  if (std::exchange(scene.is_over, true)) return;
  for (const auto& part : scene.parts) give_up(*part);
  for (const std::string& at : {scene.at, scene.at + "r"}) {
    if (waiting_.erase(at) == 0) continue;
    wanted_.push_back(ScriptWant{at + "x", "drop", Json{{"of", at}}});
    ++dropped_;
  }
}

// Whether it fails does not depend on the order either: all failures have the same words.
void Play::note(const Scene& scene, const ScriptAnswer& answer) {
  if (scene.races) return;
  const std::string& kind = scene.want.kind;
  const bool told = kind == "tool" || kind == "model" || kind == "agent" || kind == "ask";
  std::string text(name_of(answer.outcome));
  if (told && answer.outcome == Outcome::ok) text += to_text(member_at(answer.value, "text"));
  if (kind == "tool" || kind == "ask") text += to_text(answer.value);
  // Which of those of its name it has is a matter of time.
  if (kind == "signal") text += string_at(answer.value, "name");
  came_to_[scene.at] = text;
  Chance fate(seed_of(seed_, scene.at));
  if (answer.outcome != Outcome::ok && fate.in(8)) failed_ = true;
}

std::vector<ScriptWant> Play::take(const ScriptAnswer& answer) {
  const auto found = waiting_.find(answer.at);
  if (found == waiting_.end()) return {};  // it was given up just when it was answered
  Scene& scene = *found->second;
  waiting_.erase(found);
  const bool is_new_step =
      scene.want.kind == "step" && answer.at == scene.at && !bool_at(answer.value, "done");
  if (is_new_step) {
    const std::string at = scene.at + "r";
    const Json value(seed_of(seed_, at) % 1000);
    wanted_.push_back(ScriptWant{at, "record", Json{{"name", "step"}, {"value", value}}});
    waiting_[at] = &scene;
  } else {
    note(scene, answer);
    end(scene);
  }
  return std::exchange(wanted_, {});
}

Json Play::value() const {
  std::string all;
  for (const auto& [at, text] : came_to_) all += at + " " + text + "\n";
  return Json{{"answers", came_to_.size()}, {"sum", to_hex(sha256(all)).substr(0, 16)}};
}

awaitable<ToolOutcome> SimScripts::run(DurableScript script, ScriptSteps& steps, CallContext&) {
  ++world_.scripts_begun;
  const std::string text = to_text(script.source);
  const std::uint64_t seed = seed_of(scenario_.seed, is_changed_ ? text + " changed" : text);
  const bool may_ask_agents = integer_at(script.source, "depth") == 0;
  Play play(seed, may_ask_agents, scenario_.caller_tools);
  std::vector<ScriptWant> wants = play.begin();
  Chance pauses(seed);
  while (!play.is_over() && !play.has_failed()) {
    const LoopClock::duration thinks = std::chrono::milliseconds(pauses.below(30));
    if (pauses.in(3)) co_await pause_for(thinks);
    const ScriptAnswer answer = co_await steps.step(std::move(wants));
    wants = play.take(answer);
  }
  // What is dropped at the very end has to be told as well; nothing answers that.
  world_.given_up += play.dropped();
  ToolOutcome outcome;
  outcome.value = play.value();
  if (play.has_failed()) {
    outcome.outcome = Outcome::error;
    outcome.message = "a part failed";
  }
  co_return outcome;
}

}  // namespace yoke::sim
