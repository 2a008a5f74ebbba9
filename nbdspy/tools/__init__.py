"""Tools that are not functions of the program: from a cell's text, or from an MCP server that is opened here."""

from __future__ import annotations

from nbdspy.tools.cells import tool
from nbdspy.tools.mcp_servers import McpTools, mcp_tools

__all__ = ["McpTools", "mcp_tools", "tool"]
