using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Cli.Doctor;

/// <summary>Reads for which hosts a run's authority may vouch: those that the agent's credentials are bound to (RFC 5280, section 4.2.1.10).</summary>
internal static class BoundHosts
{
    private const string NameConstraints = "2.5.29.30";

    private static readonly Asn1Tag Permitted = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);

    /// <summary>The names, such as <c>api.example.com</c>; none where any host is permitted.</summary>
    /// <param name="authority">The certificate, in PEM.</param>
    public static IReadOnlyList<string> Of(string authority)
    {
        using var certificate = X509Certificate2.CreateFromPem(authority);
        if (certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == NameConstraints) is not { } constraints)
        {
            return [];
        }

        List<string> names = [];
        var all = new AsnReader(constraints.RawData, AsnEncodingRules.DER).ReadSequence();
        if (all.HasData && all.PeekTag().HasSameClassAndValue(Permitted))
        {
            for (var subtrees = all.ReadSequence(Permitted); subtrees.HasData;)
            {
                var subtree = subtrees.ReadSequence();
                if (subtree.PeekTag().HasSameClassAndValue(DnsName))
                {
                    names.Add(subtree.ReadCharacterString(UniversalTagNumber.IA5String, DnsName));
                }
            }
        }

        return [.. names.Where(name => name.Contains('.', StringComparison.Ordinal) && !name.StartsWith('.'))];
    }
}
