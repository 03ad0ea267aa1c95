using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace Sanctum.Daemon.Proxy.Authorities;

/// <summary>
/// What an authority's certificate can vouch for (RFC 5280, section 4.2.1.10): whoever trusts it for a run trusts it for the hosts of that run alone.
/// <code>
/// NameConstraints ::= SEQUENCE { permittedSubtrees [0] SEQUENCE OF GeneralSubtree OPTIONAL,
///                                excludedSubtrees  [1] SEQUENCE OF GeneralSubtree OPTIONAL }
/// GeneralSubtree  ::= SEQUENCE { base GeneralName }
/// GeneralName     ::= CHOICE { dNSName [2] IA5String, iPAddress [7] OCTET STRING (address, then mask) }
/// </code>
/// </summary>
internal static class NameConstraints
{
    private const string Oid = "2.5.29.30";

    // RFC 2606: nobody has a name in it. An empty permitted list would permit every name.
    private const string NoName = "invalid";

    private static readonly Asn1Tag Permitted = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Excluded = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag DnsName = new(TagClass.ContextSpecific, 2);
    private static readonly Asn1Tag IPAddressName = new(TagClass.ContextSpecific, 7);

    /// <summary>The extension for an authority of these hosts; null where one of them is any host.</summary>
    public static X509Extension? Of(AuthorityHosts hosts)
    {
        if (hosts.IsAny)
        {
            return null;
        }

        var (names, addresses) = (hosts.Names, hosts.Addresses);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Permitted))
            {
                foreach (var name in names is [] ? [NoName] : names)
                {
                    WriteName(writer, name);
                }

                foreach (var address in addresses)
                {
                    WriteAddress(writer, address.GetAddressBytes(), exact: true);
                }
            }

            if (addresses is [])
            {
                using (writer.PushSequence(Excluded))
                {
                    WriteAddress(writer, new byte[4], exact: false);
                    WriteAddress(writer, new byte[16], exact: false);
                }
            }
        }

        return new X509Extension(Oid, writer.Encode(), critical: true);
    }

    private static void WriteName(AsnWriter writer, string name)
    {
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, name, DnsName);
        }
    }

    private static void WriteAddress(AsnWriter writer, byte[] address, bool exact)
    {
        var mask = new byte[address.Length];
        mask.AsSpan().Fill(exact ? (byte)0xFF : (byte)0);
        using (writer.PushSequence())
        {
            writer.WriteOctetString([.. address, .. mask], IPAddressName);
        }
    }
}
