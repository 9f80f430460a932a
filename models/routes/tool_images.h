#pragma once

#include "runtime/ports/model.h"

// Images in what tools gave (ImagePart in a message of the tool's role): a model is asked without
// them where it cannot see, for the result says what they are.
namespace yoke {

bool is_of_tool(const Message& message, const Part& part);
bool shows_tool_images(const ModelRequest& request);
void leave_out_tool_images(ModelRequest& request);

}  // namespace yoke
