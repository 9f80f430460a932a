#include "runtime/ports/model.h"

namespace yoke {

Json to_json(const ModelTry& one) {
  Json value{{"target", one.target},
             {"usage", to_json(one.usage)},
             {"cost", one.cost},
             {"attempts", one.attempts},
             {"total_us", one.total_us}};
  if (!one.role.empty()) value["role"] = one.role;
  if (one.failure) value["class"] = name_of(*one.failure);
  if (one.fault != StreamFault::none) value["fault"] = name_of(one.fault);
  if (!one.message.empty()) value["message"] = one.message;
  if (one.first_us > 0) value["first_us"] = one.first_us;
  return value;
}

ModelTry model_try_from_json(const Json& value) {
  ModelTry one;
  one.target = string_at(value, "target");
  one.role = string_at(value, "role");
  const Result<FailureClass> failure = failure_class_from_name(string_at(value, "class"));
  if (failure) one.failure = *failure;
  const Result<StreamFault> fault = stream_fault_from_name(string_at(value, "fault"));
  if (fault) one.fault = *fault;
  one.message = string_at(value, "message");
  one.usage = usage_from_json(member_at(value, "usage"));
  one.cost = integer_at(value, "cost");
  one.attempts = static_cast<int>(integer_at(value, "attempts"));
  one.first_us = integer_at(value, "first_us");
  one.total_us = integer_at(value, "total_us");
  return one;
}

}  // namespace yoke
