using System.Net;
using System.Text;

namespace Sanctum.Extensions.Http;

/// <summary>
/// A refusal of the vault on its way through handlers that repeat what failed: they see status 403, which nobody repeats. <see cref="RefusalHandler"/> makes an
/// exception of it again before the program sees it.
/// </summary>
internal sealed class RefusedResponse : HttpResponseMessage
{
    public RefusedResponse(HttpRequestMessage request, HttpRequestException refusal)
        : base(HttpStatusCode.Forbidden) =>
        (RequestMessage, Refusal, Content) = (request, refusal, new StringContent(refusal.Message, Encoding.UTF8));

    /// <summary>What the program gets.</summary>
    public HttpRequestException Refusal { get; }
}
