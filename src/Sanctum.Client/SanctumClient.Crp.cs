using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sanctum.Client.Connections;
using Sanctum.Protocol;
using Sanctum.Protocol.Messages;

namespace Sanctum.Client;

public partial class SanctumClient
{
    /// <summary>A call of CRP as somebody else put it: its parameters are read strictly, and its result is given as it came. The session is this client's.</summary>
    /// <exception cref="VaultException">The vault refused; the parameters are not the method's (<c>INVALID_PARAMS</c>).</exception>
    internal Task<JsonElement> CrpAsync(string method, JsonElement parameters, CancellationToken cancellationToken) => method switch
    {
        Methods.CrpUse => CrpAsync(method, parameters, CrpJson.Default.CrpUseParams, (it, session) => it with { SessionId = session }, cancellationToken),
        Methods.CrpList => CrpAsync(method, parameters, CrpJson.Default.CrpListParams, (it, session) => it with { SessionId = session }, cancellationToken),
        Methods.CrpLease => CrpAsync(method, parameters, CrpJson.Default.CrpLeaseParams, (it, session) => it with { SessionId = session }, cancellationToken),
        Methods.CrpRevoke => CrpAsync(method, parameters, CrpJson.Default.CrpRevokeParams, (it, session) => it with { SessionId = session }, cancellationToken),
        _ => throw new ArgumentException("this is not a method of CRP", nameof(method)),
    };

    private Task<JsonElement> CrpAsync<TParams>(
        string method, JsonElement parameters, JsonTypeInfo<TParams> type, Func<TParams, string, TParams> inSession, CancellationToken cancellationToken)
    {
        TParams given;
        try
        {
            given = parameters.Deserialize(type) ?? throw new JsonException();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            throw new VaultException(ErrorCode.InvalidParams, $"these are not the parameters of '{method}'", malformed);
        }

        return CallAsync(method, session => inSession(given, session), type, it => it.ReadResult(Replies.Default.JsonElement), cancellationToken);
    }
}
