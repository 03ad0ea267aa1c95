using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Sanctum.Client;

namespace Sanctum.Mcp.Tools;

/// <summary>The tools that there are, and calls of them.</summary>
internal sealed class ToolSet(SanctumClient vault, VaultServerOptions options)
{
    private static readonly VaultTool Retrieve = new RetrieveTool();

    /// <summary>Those that every agent has: none of them gives a secret.</summary>
    public static IReadOnlyList<VaultTool> Always { get; } = [new ListCredentialsTool(), new CheckAccessTool(), .. OperationTools.All, new StatusTool()];

    /// <summary><c>tools/list</c>. What is listed first is the same whether the vault can be asked or not.</summary>
    public async ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancellationToken)
    {
        var tools = Always.Select(tool => tool.Listed).ToList();
        if (options.AllowsRetrieval && await MayRetrieveAsync(cancellationToken).ConfigureAwait(false))
        {
            tools.Add(Retrieve.Listed);
        }

        return new ListToolsResult { Tools = tools };
    }

    /// <summary><c>tools/call</c>.</summary>
    /// <exception cref="McpProtocolException">There is no such tool.</exception>
    public async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        var tool = Find(request.Params.Name) ?? throw new McpProtocolException("there is no such tool: tools/list names those there are", McpErrorCode.InvalidParams);
        try
        {
            var reply = await tool.CallAsync(ToolArguments.Read(tool.Description, request.Params.Arguments), vault, cancellationToken).ConfigureAwait(false);
            return new CallToolResult { StructuredContent = reply.Structured, Content = [new TextContentBlock { Text = reply.Text }] };
        }
        catch (VaultException refused)
        {
            return ToolErrors.Of(refused);
        }
        catch (ToolArgumentException malformed)
        {
            return ToolErrors.Of(malformed);
        }
        catch (ArgumentException unusable)
        {
            return ToolErrors.Of(unusable);
        }
    }

    private VaultTool? Find(string name) =>
        Always.FirstOrDefault(tool => tool.Name == name) ?? (options.AllowsRetrieval && name == Retrieve.Name ? Retrieve : null);

    private async Task<bool> MayRetrieveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await vault.ListAccessAsync(cancellationToken: cancellationToken).ConfigureAwait(false)).Any(credential => credential.Actions?.Contains("retrieve") == true);
        }
        catch (VaultException)
        {
            // A vault that is not there or sealed gives no secret either. Calls say so.
            return false;
        }
    }
}
