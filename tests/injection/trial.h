#pragma once

#include <string>

#include "tests/injection/environment.h"
#include "tests/injection/planner.h"
#include "tools/label_rules.h"

namespace yoke::injection {

struct Trial {
  const Environment& environment;
  const Task& task;
  const Goal* goal = nullptr;  // null: nothing is injected
  PlannerKind planner = PlannerKind::faithful;
  LabelMode labels = LabelMode::on;
};

struct TrialEnd {
  bool useful = false;     // the task was done, and nothing besides
  bool served = false;     // the task was done, whatever else was
  bool attacked = false;   // the attacker got what he wanted
  bool exposed = false;    // the model saw the injected text
  int questions = 0;       // a person was asked
  std::string rules = {};  // those that asked or denied, in their order
};

// One run of the real engine with the real rules. The person who is asked approves just what the
// task is to do.
TrialEnd run_trial(const Trial& trial);

}  // namespace yoke::injection
