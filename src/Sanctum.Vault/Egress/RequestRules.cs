using Sanctum.Credentials;
using Sanctum.Egress.Injections;

namespace Sanctum.Egress;

/// <summary>What every request must keep to, whatever way it came, before a secret is put into it.</summary>
internal static class RequestRules
{
    /// <param name="request">The request, without the secret.</param>
    /// <param name="sent">Its headers as the agent sent them.</param>
    /// <param name="credential">The credential that it is sent with.</param>
    /// <param name="injection">Where the secret goes.</param>
    /// <param name="limits">What the policies that grant it limit.</param>
    /// <exception cref="VaultException">It is malformed, carries what is not the caller's to set, or goes where the credential may not.</exception>
    public static void Require(
        OutgoingRequest request, IReadOnlyList<KeyValuePair<string, string>> sent, CredentialInfo credential, Injection injection, GrantedLimits limits)
    {
        RequestHeaders.Require(sent, injection);
        MessageEncoding.RequireNone(sent, request.Target);
        injection.Require(request);
        CredentialCarriers.RequireNone(request, credential.AllowedCredentials, injection.IsInUrl);
        RequestHeaders.RequireOnePath(sent, limits.Paths || credential.Paths.Count > 0);
        MethodParameters.RequireOneMethod(request.Target, limits.Methods || credential.Methods.Count > 0);
        CallerParameters.RequireNone(request.Target);
        Binding.Require(credential, request.Target.Method, request.Target.Url);
    }
}

/// <summary>What the policies that grant a request limit, so that nothing in it may name another.</summary>
/// <param name="Paths">Whether they limit its paths.</param>
/// <param name="Methods">Whether they limit its methods.</param>
internal readonly record struct GrantedLimits(bool Paths, bool Methods);
