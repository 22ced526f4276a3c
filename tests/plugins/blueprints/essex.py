"""Teams and blueprints to tell stories about: the subteams of a release, and what they are to build."""

from dataclasses import replace

from plugins.rosters import Phase, Team
from plugins.tracker import Item, ItemKind, Ref

TEAMS = (
    Team(
        1,
        "nova-api",
        "Nova API",
        "the APIs: more features, and cleaning up the OpenStack API",
        launchpad="nova-api",
        tags=("api", "ec2", "rest"),
        areas=("extensions", "pagination"),
    ),
    Team(
        2,
        "nova-database",
        "Nova Database",
        "the database layer: clean-up, tests, other backends",
        launchpad="nova-database",
        tags=("database", "sqlalchemy", "migrations"),
    ),
    Team(
        3,
        "nova-scaling",
        "Nova Scaling",
        "distributed zones, aggregation, zones far apart",
        launchpad="nova-scaling",
        tags=("zones", "scaling", "distributed scheduler"),
    ),
    Team(
        4,
        "nova-orchestration",
        "Nova Orchestration",
        "workflow of requests, a state machine for recovery",
        launchpad="nova-orchestration",
        tags=("orchestration", "workflow"),
    ),
    Team(
        5,
        "nova-upgrades",
        "Nova Upgrades",
        "upgrades nobody notices; still in research",
        launchpad="nova-upgrades",
        tags=("upgrades", "rpc versions"),
        phase=Phase.RESEARCH,
    ),
    Team(
        6,
        "nova-feature-parity",
        "Nova Feature Parity",
        "xenapi and libvirt/kvm alike, to the user too",
        launchpad="nova-feature-parity",
        tags=("xenapi", "libvirt", "kvm"),
        areas=("hypervisors",),
    ),
    Team(
        7,
        "openstack-volume",
        "OpenStack Volumes",
        "volumes: API, drivers, scheduling, zones; meets in IRC",
        launchpad="openstack-volume",
        tags=("volume", "iscsi", "snapshot"),
        areas=("block storage",),
    ),
    Team(
        8,
        "nova-auth",
        "Nova Auth",
        "authorization checks, Keystone; planned, needs hands",
        launchpad="nova-auth",
        tags=("auth", "keystone", "policy", "roles"),
        phase=Phase.PLANNING,
    ),
    Team(
        9,
        "nova-security-improvements",
        "Nova Security Improvements",
        "planning in Essex, building in the release after",
        launchpad="nova-security-improvements",
        tags=("security", "encryption", "rootwrap"),
        phase=Phase.PLANNING,
    ),
    Team(
        10,
        "nova-operations",
        "Nova Operational Support",
        "what operators need: tools, admin APIs",
        launchpad="nova-operations",
        tags=("operations", "admin", "monitoring", "logging"),
    ),
    Team(
        11,
        "nova-testing",
        "Nova Testing Cleanup",
        "unit tests cleaned up, integration tests apart",
        launchpad="nova-testing",
        tags=("testing", "integration tests", "fixtures"),
    ),
)


def blueprint(name: str, title: str = "", summary: str = "", **more: object) -> Item:
    """A blueprint as a tracker would have it."""
    address = f"https://blueprints.launchpad.net/nova/+spec/{name}"
    return replace(Item(Ref(ItemKind.BLUEPRINT, name), title, address, summary), **more)  # type: ignore[arg-type]


FOR = {
    blueprint(
        "os-api-pagination",
        "Page through long lists of servers",
        "Lists of servers and images answer with a marker and a limit, so that clients need not fetch all.",
    ): "nova-api",
    blueprint(
        "ec2-describe-filters",
        "Filters of the EC2 describe calls",
        "DescribeInstances and its kin take the filters that Amazon documents.",
    ): "nova-api",
    blueprint(
        "api-extension-order",
        "The order in which extensions are loaded",
        "An extension of the API that needs another can say so.",
    ): "nova-api",
    blueprint(
        "sqlalchemy-sessions",
        "One session for each request",
        "Sessions are passed along instead of being opened in each function of the database layer.",
    ): "nova-database",
    blueprint(
        "db-soft-delete",
        "Deleted rows are archived",
        "A table grows for ever, since rows are only marked deleted. Move them to shadow tables.",
    ): "nova-database",
    blueprint(
        "zone-aggregation",
        "Aggregate capacity across zones",
        "A parent zone learns what its child zones can take.",
    ): "nova-scaling",
    blueprint(
        "far-zones",
        "Zones a continent apart",
        "Messages between zones are batched where the way is long.",
    ): "nova-scaling",
    blueprint(
        "request-state-machine",
        "Requests resumed after a crash",
        "A workflow records each step, so that recovery knows where a request stood.",
    ): "nova-orchestration",
    blueprint(
        "orchestrated-resize",
        "Resizing as a workflow",
        "Each step of a resize can be retried or rolled back.",
    ): "nova-orchestration",
    blueprint(
        "rolling-upgrade-rpc",
        "Upgrade compute nodes one at a time",
        "Old and new nodes understand each other's messages during an upgrade.",
    ): "nova-upgrades",
    blueprint(
        "xenapi-live-migration",
        "Live migration under xenapi",
        "What libvirt does with live migration, xenapi does too.",
    ): "nova-feature-parity",
    blueprint(
        "kvm-pause-suspend",
        "Pause and suspend under KVM",
        "Instances are paused and suspended as under xenapi.",
    ): "nova-feature-parity",
    blueprint(
        "vol-iscsi-multipath",
        "Multipath for iSCSI volumes",
        "A volume stays attached when one of the paths to its target is lost.",
    ): "openstack-volume",
    blueprint(
        "volume-type-scheduler",
        "Choose a backend by a volume's type",
        "The scheduler picks a driver by what a type promises.",
    ): "openstack-volume",
    blueprint(
        "snapshot-schedules",
        "Snapshots taken by a schedule",
        "Volumes are snapshotted nightly and old snapshots pruned.",
    ): "openstack-volume",
    blueprint(
        "keystone-roles",
        "Roles from Keystone alone",
        "Authorization checks use the roles in the token, and the old ones go.",
    ): "nova-auth",
    blueprint(
        "policy-file",
        "Who may do what, in one file",
        "A policy file names the roles that each action takes.",
    ): "nova-auth",
    blueprint(
        "ephemeral-encryption",
        "Encrypt ephemeral disks",
        "Keys are thrown away with the instance, so nothing can be read afterwards.",
    ): "nova-security-improvements",
    blueprint(
        "rootwrap-filters",
        "Commands run as root are filtered",
        "Nodes may run as root what is listed, and nothing else.",
    ): "nova-security-improvements",
    blueprint(
        "operator-dashboard-counters",
        "Counters for monitoring",
        "Each service answers with its counters, for the tools of operators.",
    ): "nova-operations",
    blueprint(
        "admin-host-evacuate",
        "Empty a host before maintenance",
        "An administrator empties a host with one command.",
    ): "nova-operations",
    blueprint(
        "unit-test-fakes",
        "One set of fakes for unit tests",
        "Fakes of the hypervisors and of the database are written once and shared by all tests.",
    ): "nova-testing",
    blueprint(
        "split-integration-tests",
        "Integration tests in their own tree",
        "Tests that need a running cloud are kept apart from unit tests.",
    ): "nova-testing",
    blueprint(
        "dnsmasq-lease-time",
        "How long leases of addresses last",
        "Make the lease time of dnsmasq a flag.",
    ): "",
    blueprint(
        "bare-metal-provisioning",
        "Whole machines instead of instances",
        "Machines are started over IPMI and booted from the net.",
    ): "",
    blueprint(
        "glance-image-cache",
        "Images cached on compute hosts",
        "Images that were fetched once are kept, up to a size.",
    ): "",
    blueprint(
        "translation-catalogues",
        "Messages in other languages",
        "Catalogues are built with each release.",
    ): "",
}
"""Sample blueprints, each with the team that it is for; nothing where it fits none."""
