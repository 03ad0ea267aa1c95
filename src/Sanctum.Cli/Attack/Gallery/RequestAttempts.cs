using System.Text.Json.Nodes;
using Sanctum.Cli.Loopback;

namespace Sanctum.Cli.Attack.Gallery;

/// <summary>Making one request into another, or one's own request carry the secret somewhere it can be read.</summary>
internal static class RequestAttempts
{
    private const string OneRequest = "a connection that carried a body is not used again, and none is shared between credentials";
    private const string Carriers = "a header that an agent may choose for the secret is one that carries credentials";
    private const string Routing = "the caller may not set headers that servers route by";
    private const string OneReading = "a path that a server could read in another way is refused";

    public static IEnumerable<Attempt> All =>
    [
        new("a request hidden in a GET's body", OneRequest, ground => HiddenAsync(ground, "GET")),
        new("a request hidden in a POST's body", OneRequest, ground => HiddenAsync(ground, "POST")),
        new("a response that nobody asked for", "what arrives on an idle connection ends it", UnaskedAsync),
        .. new[] { "User-Agent", "Referer", "Cookie", "Content-Type", "X-Amz-Meta-Note" }.Select(name =>
            new Attempt($"the secret as {name}", Carriers, ground => Chosen(ground, name))),
        new("its own Authorization beside the secret", "other carriers of credentials beside the injected one are refused", OwnBesideAsync),
        .. new[] { "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Host" }.Select(name =>
            new Attempt($"another place in {name}", Routing, ground => Header(ground, name, "/private"))),
        .. new[] { "/public/%c0%ae%c0%ae/private", "/public/..%c0%af../private", "/public/\uff0e\uff0e/private", "/public/%ef%bc%8e%ef%bc%8e/private" }.Select(path =>
            new Attempt($"a path that climbs out as {path}", OneReading, ground => ground.RefusedAsync(
                () => ground.SendAsync(AttackField.Narrow, ground.Target.Origin + path), "INVALID_PARAMS", "EGRESS_DENIED"))),
    ];

    private static async Task<Verdict> HiddenAsync(AttackField ground, string method)
    {
        const string hidden = "DELETE /admin/x HTTP/1.1\r\nHost: h\r\nX-Swallow: ";
        try
        {
            await ground.SendAsync(AttackField.Service, $"{ground.CarelessTarget.Origin}/v1/ok", method, new JsonObject { ["body"] = hidden }).ConfigureAwait(false);
            await ground.SendAsync(AttackField.Careless, $"{ground.CarelessTarget.Origin}/v1/ok").ConfigureAwait(false);
            await ground.SendAsync(AttackField.Service, $"{ground.CarelessTarget.Origin}/v1/ok").ConfigureAwait(false);
        }
        catch (Sanctum.Client.VaultException refused)
        {
            return ground.CarelessTarget.Took("DELETE") ? Verdict.GotThrough("the hidden request was taken for one") : Verdict.StoppedBy(refused.Code);
        }

        return ground.CarelessTarget.Took("DELETE") ? Verdict.GotThrough("the hidden request was taken for one") : Verdict.StoppedBy("sent alone");
    }

    private static async Task<Verdict> UnaskedAsync(AttackField ground)
    {
        await ground.SendAsync(AttackField.Service, $"{ground.CarelessTarget.Origin}/unasked").ConfigureAwait(false);
        foreach (var path in new[] { AttackField.Careless, AttackField.Service })
        {
            var got = await ground.SendAsync(path, $"{ground.CarelessTarget.Origin}/v1/ok").ConfigureAwait(false);
            if (got.GetRawText().Contains(CarelessService.Forged, StringComparison.Ordinal))
            {
                return Verdict.GotThrough("the next call got it");
            }
        }

        return Verdict.StoppedBy("nobody got it");
    }

    private static Task<Verdict> Chosen(AttackField ground, string name) => ground.RefusedAsync(
        () => ground.SendAsync(AttackField.Free, $"{ground.Target.Origin}/hello", more: new JsonObject
        {
            ["header_type"] = "custom", ["header_name"] = name, ["headers"] = new JsonObject { ["Authorization"] = "Bearer mallorys-own" },
        }), "INVALID_PARAMS", "EGRESS_DENIED");

    private static Task<Verdict> OwnBesideAsync(AttackField ground) => ground.RefusedAsync(
        () => ground.SendAsync(AttackField.Free, $"{ground.Target.Origin}/hello", more: new JsonObject
        {
            ["header_type"] = "api_key", ["headers"] = new JsonObject { ["Authorization"] = "Bearer mallorys-own" },
        }), "INVALID_PARAMS", "EGRESS_DENIED");

    private static Task<Verdict> Header(AttackField ground, string name, string value) => ground.RefusedAsync(
        () => ground.SendAsync(AttackField.Narrow, $"{ground.Target.Origin}/public/x", more: new JsonObject { ["headers"] = new JsonObject { [name] = value } }), "INVALID_PARAMS");
}
