#pragma once

#include <memory>
#include <vector>

#include "runtime/ports/tool.h"
#include "tools/knowledge/knowledge_index.h"

namespace yoke {

inline constexpr const char* kKnowledgeSearch = "knowledge.search";
inline constexpr const char* kKnowledgeRead = "knowledge.read";

// The tools that find passages and read on in their files. Both only read; what they give is as
// trusted as the instructions that came with the files. `origin` is of their specs.
std::vector<std::unique_ptr<Tool>> make_knowledge_tools(std::shared_ptr<const KnowledgeIndex> index,
                                                        const std::string& origin);

}  // namespace yoke
