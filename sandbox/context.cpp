#include "sandbox/context.h"

#include "runtime/base/text.h"
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

void write_log_line(lua_State* L, std::string_view level, std::string_view line) {
  Context& context = static_cast<Context&>(governor_of(L));
  context.charge_log(L, line.size() + 1);
  if (context.inputs.log) context.inputs.log(level, to_valid_utf8(line));
}

}  // namespace yoke::sandbox
