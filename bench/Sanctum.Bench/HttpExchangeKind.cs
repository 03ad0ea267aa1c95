using System.Net;

namespace Sanctum.Bench;

/// <summary>One kind of request, sent directly and through the vault.</summary>
/// <param name="Name">As the table calls it.</param>
/// <param name="Port">Which of the upstream's ports: 0 speaks HTTP/1.1 alone, 1 offers HTTP/2.</param>
/// <param name="Version">What the direct client asks for; the vault takes the best that is offered.</param>
/// <param name="Body">What is posted; an empty one makes it a GET.</param>
internal sealed record HttpExchangeKind(string Name, int Port, Version Version, string Body)
{
    public static readonly IReadOnlyList<HttpExchangeKind> All =
    [
        new("no body, 1.1", 0, HttpVersion.Version11, ""),
        new("body, HTTP/2", 1, HttpVersion.Version20, AgentWire.HttpBody),
        new("body, 1.1", 0, HttpVersion.Version11, AgentWire.HttpBody),
    ];

    public HttpRequestMessage Message(string origin)
    {
        var message = new HttpRequestMessage(Body.Length == 0 ? HttpMethod.Get : HttpMethod.Post, origin + "/v1/things")
        {
            Version = Version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (Body.Length > 0)
        {
            message.Content = new StringContent(Body, System.Text.Encoding.UTF8, "application/json");
        }

        return message;
    }
}
