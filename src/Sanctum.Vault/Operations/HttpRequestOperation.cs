using Sanctum.Credentials;
using Sanctum.Crypto;
using Sanctum.Egress.Injections;

namespace Sanctum.Operations;

/// <summary>
/// <c>http_request</c>: sends a request with the secret in it, where the operator lets it go, and gives back the response without it. It is no computation: the
/// door does it, as it does every exchange.
/// </summary>
internal sealed class HttpRequestOperation : IOperation
{
    public string Name => OperationNames.HttpRequest;

    public IReadOnlyList<string> Aliases => [];

    public bool Discloses => false;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret) => Injection.RequireSuitable(credential, secret.Span);
}
