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
    /// <summary>What it is.</summary>
    public static OperationDescription Described { get; } = new()
    {
        Name = OperationNames.HttpRequest,
        Summary = "Sends a request with the secret in it, and gives the response without it.",
        Parameters =
        [
            new("method", "The method, in capitals.") { IsRequired = true },
            new("url", "The URL, with scheme and host.") { IsRequired = true },
            new("headers", "The headers, by name.") { Type = ParameterType.Texts },
            new("body", "The body, as text."),
            new("body_base64", "The body, in base64.") { InsteadOf = "body" },
            new("header_type", "How the secret is put in, where the operator left it open.") { Values = ["bearer", "api_key", "basic", "custom", "aws_sigv4"] },
            new("header_name", "The header, where header_type is custom."),
            new("timeout", "How long it may take; at most what egress.max_timeout says.") { Type = ParameterType.Number, Unit = "seconds", Above = 0, AtMost = 86_400 },
        ],
        Results = ["status", "headers", "trailers?", "body?", "body_base64?"],
    };

    public OperationDescription Description => Described;

    public void RequireSuitable(CredentialInfo credential, SecretBytes secret) => Injection.RequireSuitable(credential, secret.Span);
}
