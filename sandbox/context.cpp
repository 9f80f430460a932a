#include "sandbox/context.h"

#include "sandbox/regex.h"

namespace yoke::sandbox {

void push_slot_table(lua_State* L, Slot slot) {
  if (get_slot(L, slot) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  set_slot(L, slot);
}

Context::Context(std::shared_ptr<const Program> program_given, const Quota& quota, Inputs given)
    : Governor(quota),
      program(std::move(program_given)),
      inputs(std::move(given)),
      random(inputs.random_seed) {}

Context::~Context() = default;

RegexCache& Context::regexes() {
  if (!regexes_) regexes_ = std::make_unique<RegexCache>();
  return *regexes_;
}

}  // namespace yoke::sandbox
