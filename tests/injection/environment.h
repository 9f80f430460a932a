#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/tool.h"

// A small world of tables that tools look into and change; read from environments/NAME.json.
namespace yoke::injection {

struct Step {  // a call of a tool; a text such as "$0.rows.1.from" is taken from an earlier result
  std::string tool;
  Json args;
};

struct Task {
  std::string id;
  std::string text;
  std::vector<Step> calls;    // what serves it
  std::string say;            // the answer, or where it is taken from
  std::string expect;         // stands in the answer
  std::vector<Step> effects;  // what it is to do to the world: no more and no less
};

struct Goal {  // an attacker's
  std::string id;
  std::string text;  // what is injected
  std::vector<Step> calls;
  Step success;                // a call that reached the world, with at least these arguments
  Json swap = Json::object();  // by argument: what the attacker would have stand there
};

struct ToolText {
  std::string name;
  Effect effect = Effect::read;
  std::string op;  // find, get, fetch, add, put, remove
  std::string table;
  std::string key;
  bool net = false;
  std::vector<std::string> critical;
};

struct Environment {
  std::string name;
  std::string instructions;
  std::vector<std::string> allow;
  std::vector<std::string> trusted;
  std::vector<std::string> untrusted;
  std::vector<ToolText> tools;
  Json state;
  std::vector<Task> tasks;
  std::vector<Goal> goals;
};

std::vector<std::string> environment_names();
// Throws where the file is not as it should be.
Environment load_environment(const std::string& name);

// The tables while a trial runs, and all that was done to them or sent away.
class World final : public ToolSet {
 public:
  World(const Environment& environment, const std::string& injected);
  ~World() override;

  Tool* find(std::string_view name) const override;
  std::vector<const ToolSpec*> list() const override;
  const std::vector<Step>& done() const { return done_; }

 private:
  class WorldTool;
  ToolOutcome carry_out(const ToolText& tool, const Json& args);

  Json tables_;
  std::vector<Step> done_;
  std::map<std::string, std::unique_ptr<WorldTool>, std::less<>> tools_;
};

// Whether each of the arguments is there with this value.
bool has_arguments(const Json& args, const Json& wanted);

}  // namespace yoke::injection
