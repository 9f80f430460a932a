#pragma once

#include <memory>
#include <string>

#include "runtime/ports/model.h"
#include "runtime/schema/schema.h"

namespace yoke {

// How an answer of a given shape is got from a model.
enum class SchemaMode : std::uint8_t {
  native,    // the vendor holds the model to it
  grammar,   // the server only lets tokens through that fit
  prompted,  // the model is asked for it
};
std::string_view name_of(SchemaMode mode);

// Whether the reply is an answer that has to have the shape: not one that calls tools or was
// refused.
bool is_structured_answer(const ModelReply& reply);

// The request once more, with the answer that does not fit and what is wrong with it.
ModelRequest repair_request(const ModelRequest& request, const Message& answer,
                            const std::string& problem);

}  // namespace yoke
