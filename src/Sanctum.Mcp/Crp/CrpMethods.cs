using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Server;
using Sanctum.Client;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Mcp.Crp;

/// <summary>CRP 0.2 for hosts: its methods beside those of the protocol, each done by the vault's own. Models don't see them.</summary>
internal static class CrpMethods
{
    /// <summary>The name under which it is announced.</summary>
    public const string Capability = "crp";

    private static readonly IReadOnlyList<string> Names = [Methods.CrpUse, Methods.CrpList, Methods.CrpLease, Methods.CrpRevoke];

    /// <summary>What is announced. A test compares it with what the vault says of itself.</summary>
    public static JsonElement Announced { get; } =
        JsonElement.Parse("""{"version":"0.2","provider":"sanctum-dotnet","features":["use","list","lease","revoke","delegate","classify"],"conformance":"standard"}""");

#pragma warning disable MCPEXP002 // Methods of one's own are how an experimental capability is served.
    public static IList<McpServerRequestHandler> Handlers(SanctumClient vault) =>
        [.. Names.Select(name => new McpServerRequestHandler { Method = name, Handler = (request, cancellationToken) => CallAsync(vault, name, request, cancellationToken) })];
#pragma warning restore MCPEXP002

    private static async ValueTask<JsonNode?> CallAsync(SanctumClient vault, string method, RequestContext<JsonNode?> request, CancellationToken cancellationToken)
    {
        try
        {
            var result = await vault.CrpAsync(method, ParametersOf(request.Params), cancellationToken).ConfigureAwait(false);
            return JsonNode.Parse(result.GetRawText());
        }
        catch (VaultException refused)
        {
            throw ErrorOf(refused);
        }
    }

    // What the protocol puts into every request's parameters is not CRP's.
    private static JsonElement ParametersOf(JsonNode? given)
    {
        var parameters = given?.DeepClone() as JsonObject ?? [];
        parameters.Remove("_meta");
        return JsonElement.Parse(parameters.ToJsonString());
    }

    private static McpProtocolException ErrorOf(VaultException refused)
    {
        var context = refused.Context.Count == 0 ? (JsonElement?)null : JsonElement.Parse(new JsonObject(refused.Context.Select(it => KeyValuePair.Create(it.Key, JsonNode.Parse(it.Value.GetRawText())))).ToJsonString());
        var crp = CrpError.Of(new RpcError(refused.Code, refused.Message, refused.Detail, refused.Suggestion, refused.DocsUrl, context));
        var error = new McpProtocolException(refused.Message, refused, (McpErrorCode)crp.Code);
        foreach (var member in JsonSerializer.SerializeToElement(crp.Data, CrpJson.Default.CrpErrorData).EnumerateObject())
        {
            error.Data[member.Name] = member.Value;
        }

        return error;
    }
}
