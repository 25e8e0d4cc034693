"""The instruments, one file each."""

from simlib.outreach.instrument import Instrument
from simlib.outreach.instruments.ai_call import AiCall
from simlib.outreach.instruments.any_office import AnyOffice
from simlib.outreach.instruments.automatic_enrolment import AutomaticEnrolment
from simlib.outreach.instruments.automatic_renewal import AutomaticRenewal
from simlib.outreach.instruments.benefit_list import BenefitList
from simlib.outreach.instruments.chatbot import Chatbot
from simlib.outreach.instruments.detection import Detection
from simlib.outreach.instruments.duplicate_check import DuplicateCheck
from simlib.outreach.instruments.electronic_certificates import ElectronicCertificates
from simlib.outreach.instruments.launch_shock import LaunchShock
from simlib.outreach.instruments.life_event_bundle import LifeEventBundle
from simlib.outreach.instruments.local_detection import LocalDetection
from simlib.outreach.instruments.membership import Membership
from simlib.outreach.instruments.neighbour_report import NeighbourReport
from simlib.outreach.instruments.notification_secretary import NotificationSecretary
from simlib.outreach.instruments.officer_call import OfficerCall
from simlib.outreach.instruments.online_application import OnlineApplication
from simlib.outreach.instruments.private_referral import PrivateReferral
from simlib.outreach.instruments.processing_support import ProcessingSupport
from simlib.outreach.instruments.programme_guide import ProgrammeGuide
from simlib.outreach.instruments.proxy_application import ProxyApplication
from simlib.outreach.instruments.status_check import StatusCheck
from simlib.outreach.instruments.visit import Visit

INSTRUMENTS: dict[str, type[Instrument]] = {
    each.id: each
    for each in (
        AiCall,
        AnyOffice,
        AutomaticEnrolment,
        AutomaticRenewal,
        BenefitList,
        Chatbot,
        Detection,
        DuplicateCheck,
        ElectronicCertificates,
        LaunchShock,
        LifeEventBundle,
        LocalDetection,
        Membership,
        NeighbourReport,
        NotificationSecretary,
        OfficerCall,
        OnlineApplication,
        PrivateReferral,
        ProcessingSupport,
        ProgrammeGuide,
        ProxyApplication,
        StatusCheck,
        Visit,
    )
}
"""Every instrument by its id."""
