using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Sanctum.Client;
using Sanctum.Mcp.Crp;
using Sanctum.Mcp.Tools;
using Sanctum.Mcp.Transports;

namespace Sanctum.Mcp;

/// <summary>An agent's side of the vault as a server of the Model Context Protocol: one tool for each use. It holds no secret, and can do what the agent can do.</summary>
public static class VaultServer
{
    private static readonly string Instructions = string.Join(
        ' ',
        "sanctum_list_credentials lists the credentials that you can use without seeing them.",
        "Call APIs with sanctum_http_request: the vault adds the secret.",
        "If you lack access, ask with sanctum_request_access.");

    /// <summary>Serves a host until it hangs up.</summary>
    /// <param name="vault">The agent. It connects when it is first used, so that tools are listed while the daemon is not there yet.</param>
    /// <param name="options">What is offered.</param>
    /// <param name="input">What the host writes: a JSON-RPC message on each line.</param>
    /// <param name="output">What the host reads.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(SanctumClient vault, VaultServerOptions options, Stream input, Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        await using var tools = new ToolSet(vault, options);
        await using var transport = new LineTransport(input, output);
        var description = new McpServerOptions();
        Describe(description, tools, options);
        var server = McpServer.Create(transport, description);
        await using (server.ConfigureAwait(false))
        {
            await server.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says what the server is, over whichever transport.</summary>
    internal static void Describe(McpServerOptions server, ToolSet tools, VaultServerOptions options)
    {
        server.ServerInfo = new Implementation { Name = "sanctum", Title = "Sanctum credential vault", Version = options.Version };
        server.ServerInstructions = Instructions;
        server.Capabilities = new ServerCapabilities
        {
            Tools = new ToolsCapability(),
            Experimental = new Dictionary<string, object> { [CrpMethods.Capability] = CrpMethods.Announced },
        };
        server.Handlers = new McpServerHandlers { ListToolsHandler = tools.ListAsync, CallToolHandler = tools.CallAsync };
#pragma warning disable MCPEXP002 // As above.
        server.RequestHandlers = CrpMethods.Handlers(tools.Vault);
#pragma warning restore MCPEXP002
    }
}
