using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Sanctum.Client;
using Sanctum.Mcp.Asking;

namespace Sanctum.Mcp.Tools;

/// <summary>The tools that there are, and calls of them.</summary>
internal sealed class ToolSet(SanctumClient vault, VaultServerOptions options) : IAsyncDisposable
{
    private readonly IReadOnlyList<VaultTool> _aliases = new Aliases(options.AllowsRetrieval).Of(options.Aliases);
    private readonly WaitingCalls _waiting = new(vault.AgentName, options.Wait, options.TimeProvider);

    private const string ApprovalRequired = "APPROVAL_REQUIRED";

    private static readonly VaultTool Retrieve = new RetrieveTool();

    /// <summary>Those that every agent has: none of them gives a secret.</summary>
    public static IReadOnlyList<VaultTool> Always { get; } = [new ListCredentialsTool(), new CheckAccessTool(), .. OperationTools.All, new RequestAccessTool(), new AccessStatusTool(), new AuditLogTool(), new StatusTool()];

    /// <summary><c>tools/list</c>. What is listed first is the same whether the vault can be asked or not.</summary>
    public async ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancellationToken)
    {
        // What an alias has in common with a tool of ours is the alias.
        var tools = Always.Where(tool => _aliases.All(alias => alias.Name != tool.Name)).Concat(_aliases).Select(tool => tool.Listed).ToList();
        if (options.AllowsRetrieval && _aliases.All(alias => alias.Name != Retrieve.Name) && await MayRetrieveAsync(cancellationToken).ConfigureAwait(false))
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
            return tool.Description.IsWaitedFor
                ? await _waiting.RunAsync(request, AttemptOf(tool, request.Params), cancellationToken).ConfigureAwait(false)
                : await CallAsync(tool, ToolArguments.Read(tool.Description, request.Params.Arguments), cancellationToken).ConfigureAwait(false);
        }
        catch (VaultException refused)
        {
            return ToolErrors.Of(refused);
        }
        catch (NotOfferedException absent)
        {
            return ToolErrors.Of(absent);
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

    /// <summary>The agent's connection to the vault.</summary>
    public SanctumClient Vault => vault;

    public ValueTask DisposeAsync() => _waiting.DisposeAsync();

    // Arguments are checked before anything is done. One that goes on with another call has none of its own.
    private Func<CancellationToken, Task<CallAttempt>> AttemptOf(VaultTool tool, CallToolRequestParams call)
    {
        if (WaitingCalls.HasHandle(call))
        {
            return _ => throw new InvalidOperationException("a call that goes on is not made anew");
        }

        var arguments = ToolArguments.Read(tool.Description, call.Arguments);
        return async cancellationToken =>
        {
            try
            {
                return new CallAttempt(await CallAsync(tool, arguments, cancellationToken).ConfigureAwait(false), null);
            }
            catch (VaultException waits) when (waits.Code == ApprovalRequired)
            {
                return new CallAttempt(null, waits.Context.TryGetValue("approval_id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null);
            }
            catch (VaultException refused)
            {
                return new CallAttempt(ToolErrors.Of(refused), null);
            }
            catch (ArgumentException unusable)
            {
                return new CallAttempt(ToolErrors.Of(unusable), null);
            }
        };
    }

    private async Task<CallToolResult> CallAsync(VaultTool tool, ToolArguments arguments, CancellationToken cancellationToken)
    {
        var reply = await tool.CallAsync(arguments, vault, cancellationToken).ConfigureAwait(false);
        return new CallToolResult { StructuredContent = reply.Structured, Content = [new TextContentBlock { Text = reply.Text }] };
    }

    private VaultTool? Find(string name) =>
        _aliases.FirstOrDefault(tool => tool.Name == name) ?? Always.FirstOrDefault(tool => tool.Name == name) ?? (options.AllowsRetrieval && name == Retrieve.Name ? Retrieve : null);

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
