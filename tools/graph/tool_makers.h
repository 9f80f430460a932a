#pragma once

#include "tools/graph/graph_tool.h"
#include "tools/graph/graph_tools.h"

// Private to make_graph_tools().
namespace yoke {

using GraphToolList = std::vector<std::unique_ptr<Tool>>;
using SharedGraphServices = std::shared_ptr<const GraphServices>;

void add_file_tools(GraphToolList& tools, const GraphFiles& files, SharedGraphServices services);
void add_people_tools(GraphToolList& tools, SharedGraphServices services);
void add_mail_tools(GraphToolList& tools, const GraphMail& mail, SharedGraphServices services);
void add_teams_tools(GraphToolList& tools, const GraphTeams& teams, SharedGraphServices services);
void add_meeting_tools(GraphToolList& tools, const GraphMeetings& meetings,
                       SharedGraphServices services);
void add_connection_tools(GraphToolList& tools, const GraphConnections& connections,
                          SharedGraphServices services);

}  // namespace yoke
