using Sanctum.Cli.Loopback;

namespace Sanctum.Cli.Attack.Gallery;

/// <summary>Making one request, or one response, into another.</summary>
internal static class RequestAttempts
{
    public static IEnumerable<Attempt> All =>
    [
        new("a response that nobody asked for", "what arrives on an idle connection ends it", UnaskedAsync),
    ];

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
}
